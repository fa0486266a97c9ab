"""The documents' texts as Jinja templates: the page of figures in markdown, the report and a table of it in HTML.

They are constants of a module, not files, so that they count among the sources of the stage that imports them.
"""

__all__ = ["INDEX", "REPORT", "TABLE"]

INDEX = """\
{% macro made(item) %}

<sub>{% for file in links(item).files %}[{{ file.suffix }}]({{ file.href }}) · {% endfor -%}
[script]({{ links(item).script }}) · [record]({{ links(item).record }}) · made by `{{ links(item).command }}`</sub>
{% endmacro %}
{% macro shown(item, level) %}

{{ level }} <a id="{{ item.name }}"></a>{{ label(item.name) }}. {{ item.title }}

{% if item.suffix == "png" %}
[![{{ item.title }}]({{ item.name }}.png)]({{ item.name }}.pdf)
{% else %}
![{{ item.title }}]({{ item.name }}.{{ item.suffix }})
{% endif %}

{{ item.caption }}
{% if item.numbers %}

<details><summary>{{ item.numbers | length }} numbers behind it</summary>

{{ table(numbers(item)) }}

</details>
{% endif %}
{{ made(item) -}}
{% endmacro %}
{% macro listed(item, level) %}

{{ level }} <a id="{{ item.name }}"></a>{{ label(item.name) }}. {{ item.title }}

{{ item.caption }}

{{ table(item.frame) }}
{{ made(item) -}}
{% endmacro %}
# {{ title }}

{% for note in notes %}
> **{{ note }}**

{% endfor %}
- Profile: {{ about.profile }}, {{ seeds }}. When, where, of which commit and for how long
  it was run stands at the top of [the report]({{ report }}), from the records.
{% for name, words in sources.items() %}
- Data of {{ name }}: {{ words }}.
{% endfor %}

## Verdict

{% for line in summary %}
{{ line }}
{% endfor %}

{{ how }}

All that was measured: [verdict.csv]({{ measured }}).
{% if verdict is not none %}

<a id="{{ about.judged.name }}"></a>

{{ table(verdict) }}
{{ made(about.judged) -}}
{% endif %}
{% if about.lead %}

## The recommended metric
{{ shown(about.lead, "###") -}}
{% endif %}
{% for section in about.sections %}

## {{ section.title }}
{% if section.source %}

Data: {{ section.source }}.
{% endif %}
{% for item in section.items %}
{{ listed(item, "###") if is_table(item) else shown(item, "###") -}}
{% endfor %}
{% endfor %}

## Diagnostics: what did not converge

<details><summary>{{ converged }}</summary>

{{ explained }}

{{ table(diagnostics) }}

</details>
"""

# a verdict carries a class of its own for its colour; what stands in brackets is another's
TABLE = """\
<div class="wide{{ " broad" if head | length > 13 }}" role="region" tabindex="0" aria-label="{{ name }}">
{#- #}<table><thead><tr>
{%- for column in head %}<th scope="col">{{ column }}</th>{% endfor -%}
</tr></thead><tbody>
{%- for row in rows %}<tr>
{%- for words in row %}<td
{%- if head[loop.index0] == "verdict" %} class="verdict {{ words.partition(" (")[0] | replace(" ", "-") }}"
{%- elif head[loop.index0] in columns %} class="{{ head[loop.index0] }}"{% endif -%}
>{{ cell(head[loop.index0], words) }}</td>{% endfor -%}
</tr>{% endfor -%}
</tbody></table></div>"""

REPORT = """\
{% macro made(item) %}<p class="made">
{%- for file in links(item).files %}<a href="{{ file.href }}">{{ file.suffix }}</a> · {% endfor -%}
<a href="{{ links(item).script }}">script</a> · <a href="{{ links(item).record }}">record</a>
{#- #} · made by <code>{{ links(item).command }}</code></p>{% endmacro %}
{% macro heading(item) %}<h3 id="{{ item.name }}-title"><span class="label">{{ label(item.name) }}.</span>
{#- #} {{ item.title }}</h3>{% endmacro %}
{% macro shown(item) %}
<section class="item" id="{{ item.name }}" aria-labelledby="{{ item.name }}-title">{{ heading(item) }}<figure>
{#- #}<img alt="{{ label(item.name) }}: {{ item.title }}" src="data:image/{{ item.suffix }};base64,{{ image(item) }}">
{#- #}<figcaption>{{ item.caption }}</figcaption></figure>
{%- if item.numbers %}<details class="numbers"><summary>{{ item.numbers | length }} numbers behind it</summary>
{{- table(numbers(item), "numbers behind " ~ label(item.name)) }}</details>{% endif -%}
{{ made(item) }}</section>
{% endmacro %}
{% macro listed(item) %}
<section class="item listed" id="{{ item.name }}" aria-labelledby="{{ item.name }}-title">{{ heading(item) }}
{#- #}<p class="caption">{{ item.caption }}</p>{{ table(item.frame, label(item.name)) }}
{%- if item.frame.columns | length > 13 %}<p class="on-paper">{{ item.frame.columns | length }} columns: too many for
{#- #} paper; they are in {{ item.name }}.csv.</p>{% endif -%}
{{ made(item) }}</section>
{% endmacro %}
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>{{ style }}</style></head>
<body><a class="skip" href="#content">Skip to the content</a><div class="page">
<nav aria-label="Contents"><details class="contents" open><summary>Contents and filter</summary>
<div class="filter" hidden><label for="filter">Filter</label><input id="filter" type="search"
 autocomplete="off" placeholder="e.g. arm smoothed"><output for="filter"></output></div>
<ul><li><a href="#run">This run</a></li><li><a href="#verdict">Verdict</a></li>
{%- if about.lead %}<li><a href="#{{ about.lead.name }}">The recommended metric</a></li>{% endif -%}
{%- for section in about.sections %}<li><a href="#{{ section.key }}">{{ section.title }}</a><ul>
{%- for item in section.items %}<li><a href="#{{ item.name }}">{{ item.title }}</a></li>{% endfor -%}
</ul></li>{% endfor -%}
<li><a href="#diagnostics">Diagnostics</a></li></ul></details></nav>
<main id="content"><h1>{{ title }}</h1>
{% for note in notes %}<p class="note" role="note">{{ note }}</p>{% endfor %}
<section id="run" aria-label="This run"><dl class="run">
{%- for name, words in facts.items() %}<dt>{{ name }}</dt><dd>{{ words }}</dd>{% endfor -%}
</dl>
{#- #}<p class="made"><a href="{{ explorer }}">The explorer</a> computes geodesics of these models.</p></section>
<section id="verdict"><h2>Verdict</h2>
{%- for line in summary %}<p class="lead-in">{{ line }}</p>{% endfor -%}
<p class="caption">{{ how }}</p>
{#- #}<p class="made">All that was measured: <a href="{{ measured }}">verdict.csv</a></p>
{%- if verdict is not none %}<div class="claims" id="{{ about.judged.name }}">{{ table(verdict, "the verdict") }}</div>
{{- made(about.judged) }}{% endif -%}
</section>
{% if about.lead %}<section id="recommended"><h2>The recommended metric</h2>{{ shown(about.lead) }}</section>{% endif %}
{% for section in about.sections %}
<section class="data" id="{{ section.key }}"><h2>{{ section.title }}</h2>
{%- if section.source %}<p class="lead-in">Data: {{ section.source }}.</p>{% endif -%}
{% for item in section.items %}{{ listed(item) if is_table(item) else shown(item) }}{% endfor -%}
</section>
{% endfor %}
<details class="folded" id="diagnostics"><summary><h2>Diagnostics: what did not converge</h2> ({{ converged }})
{#- #}</summary><p class="caption">{{ explained }}</p>{{ table(diagnostics, "diagnostics") }}</details>
</main></div><script>{{ script }}</script></body></html>
"""
