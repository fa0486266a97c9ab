"""The documents' texts as Jinja templates: the page of figures in markdown, the report and a table of it in HTML.

They are constants of a module, not files, so that they count among the sources of the stage that imports them.
"""

__all__ = ["INDEX", "REPORT", "TABLE"]

INDEX = """\
# {{ title }}

{% for fact in facts %}
- {{ fact }}
{% endfor %}
{% for figure in shown %}

## {{ figure.name }}

{% if figure.suffix == "png" %}
[![{{ figure.name }}]({{ figure.name }}.png)]({{ figure.name }}.pdf)
{% else %}
![{{ figure.name }}]({{ figure.name }}.{{ figure.suffix }})
{% endif %}

{{ figure.caption }}
{% if figure.numbers %}

{{ table(numbers(figure)) }}
{% endif %}
{% endfor %}
{% for entry in listed %}

## {{ entry.name }}

{{ entry.caption }} ([csv]({{ entry.name }}.csv))

{{ table(entry.frame) }}
{% endfor %}
"""

# a verdict carries a class of its own for its colour; what stands in brackets is another's
TABLE = """\
<div class="wide"><table><thead><tr>
{%- for column in head %}<th>{{ column }}</th>{% endfor -%}
</tr></thead><tbody>
{%- for row in rows %}<tr>
{%- for words in row %}<td
{%- if head[loop.index0] == "verdict" %} class="{{ words.partition(" (")[0] | replace(" ", "-") }}"{% endif -%}
>{{ words }}</td>{% endfor -%}
</tr>{% endfor -%}
</tbody></table></div>"""

REPORT = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1b1b1b, #e6e6e6); background: light-dark(#fff, #16181c); }
a { color: light-dark(#0b57a4, #7db8f5); }
nav ul { columns: 3 14rem; padding-left: 1.2rem; }
figure { margin: 0; } img { max-width: 100%; width: 40rem; background: #fff; padding: .5rem; border-radius: 4px; }
figcaption { max-width: 40rem; color: light-dark(#444, #bbb); }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid light-dark(#ddd, #3a3d44); }
th { border-bottom-width: 2px; white-space: nowrap; }
.reproduced { color: light-dark(#00694a, #4fd1a1); font-weight: 600; }
.partly { color: light-dark(#7a5200, #f0c060); font-weight: 600; }
.not-reproduced { color: light-dark(#a3310b, #ff9d76); font-weight: 600; }
.not-run { color: light-dark(#555, #aaa); }
</style></head>
<body><h1>{{ title }}</h1><ul>
{%- for fact in facts %}<li>{{ fact }}</li>{% endfor -%}
</ul><nav><ul>
{%- for entry in shown + listed %}<li><a href="#{{ entry.name }}">{{ entry.name }}</a></li>{% endfor -%}
</ul></nav>
{% for figure in shown %}
<section id="{{ figure.name }}"><h2>{{ figure.name }}</h2><figure>
{#- #}<img alt="{{ figure.caption }}" src="data:image/{{ figure.suffix }};base64,{{ image(figure) }}">
{#- #}<figcaption>{{ figure.caption }}</figcaption></figure>
{%- if figure.numbers %}{{ table(numbers(figure)) }}{% endif -%}
</section>
{% endfor %}
{% for entry in listed %}
<section id="{{ entry.name }}"><h2>{{ entry.name }}</h2><p>{{ entry.caption }}</p>{{ table(entry.frame) }}</section>
{% endfor %}
</body></html>
"""
