"""report.html can be read by all: headings in order, names for what is heard, links that lead somewhere, contrast."""

import itertools
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from replication import figures, tables
from replication.evidence.data_sources import outcomes
from replication.files.artifacts import write_bytes
from replication.plan import Plan
from replication.report.contents import Contents, Listed, Shown, label, sections
from replication.report.links import Places
from replication.report.page import as_html, as_markdown
from replication.report.run_facts import in_words, read_run
from replication.report.style_sheet import STYLE
from replication_fixtures import DATASETS, SEEDS, write_tree

SIMULATED = {"kind": "simulated", "reason": None, "missing": []}
SOURCES = dict.fromkeys(DATASETS, SIMULATED)
RECORD = {
    "commit": "0123456789abcdef",
    "device": "cpu",
    "machine": {"system": "Linux", "processor": "x86_64", "python": "3.12.1", "model": "A Processor", "cores": 4},
    "versions": {"torch": "2.13.0"},
    "time": {"started": "2026-01-01T10:00:00+00:00", "wall_seconds": 3720.0, "cpu_seconds": 60.0},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> "Page":
    folder = tmp_path_factory.mktemp("reading")
    results = write_tree(folder / "results" / "smoke")
    places = Places(results, folder / "paper_figures")
    found = Page()
    found.feed(as_html(contents(results, places), places))
    return found


def contents(results: Path, places: Places) -> Contents:
    """Two figures, a table, a verdict; images need not be any."""
    verdict = pd.DataFrame({"verdict": ["reproduced", "partly"], "shortest_verdict": ["not reproduced", None]})
    judged = pd.DataFrame(
        {
            "claim": ["Pendulum: it is long", "MNIST: it is short"],
            "paper": ["2.57", "–"],
            "ours": ["2.50 [2.40, 2.60]", "1"],
            "shortest": ["3.90", "–"],
            "verdict": ["reproduced (shortest: not reproduced)", "partly"],
            "figure": ["fig01_pendulum_mf", "fig05_mnist_equidistance"],
        }
    )
    shown = [
        Shown(name, module.TITLE, module.CAPTION, sorted({need.dataset for need in module.NEEDS}), {"length": "1 < 2"})
        for name in ("fig01_pendulum_mf", "fig05_mnist_equidistance", "fig16_recommended_maps")
        for module in [figures.load(name)]
    ]
    for item in shown:
        write_bytes(places.report / f"{item.name}.png", b"an image")
    module = tables.load("tab02_settings")
    table = Listed("tab02_settings", module.TITLE, module.CAPTION, ["*"], pd.DataFrame({"setting": ["a"], "ours": [1]}))
    return Contents(
        profile="smoke",
        seeds=[0],
        sources=SOURCES,
        verdict=verdict,
        judged=Listed("tab04_verdict", "The verdict", "All.", [], judged),
        lead=shown[-1],
        items=[*shown[:-1], table],
        outcomes=outcomes(results, DATASETS, SEEDS),
    )


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of this kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def test_headings_go_down_one_level_at_a_time(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_links_within_the_page_lead_somewhere_and_no_place_has_two_names(page: Page) -> None:
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    assert set(ids.values()) == {1}
    targets = {str(link["href"])[1:] for link in page.all("a") if str(link["href"]).startswith("#")}
    assert targets <= ids.keys()
    assert {"run", "verdict", "pendulum", "mnist", "across", "diagnostics", "fig01_pendulum_mf"} <= targets


def test_images_tables_and_fields_have_names_for_those_who_hear_them(page: Page) -> None:
    assert next(image["alt"] for image in page.all("img")) == "Figure 16: The recommended metric on all four data sets"
    assert all(image["alt"] for image in page.all("img"))
    assert {head["scope"] for head in page.all("th")} == {"col"}
    regions = [part for part in page.all("div") if str(part.get("class")).startswith("wide")]
    assert len(regions) == len(page.all("table"))
    assert all(part["aria-label"] and part["tabindex"] == "0" for part in regions)
    assert {field["id"] for field in page.all("input")} == {name["for"] for name in page.all("label")}


def test_a_verdict_is_told_by_mark_and_word(page: Page) -> None:
    text = " ".join("".join(page.text).split())
    assert "2.50 [2.40, 2.60]3.90✓ reproducedFigure 1" in text
    assert "1–≈ partlyFigure 5" in text


def test_every_figure_names_its_files_its_script_its_record_and_the_command_that_makes_it(page: Page) -> None:
    links = [str(link["href"]) for link in page.all("a")]
    for name in ("fig01_pendulum_mf", "fig05_mnist_equidistance", "fig16_recommended_maps"):
        assert f"../../paper_figures/{name}.png" in links
        assert f"../../paper_figures/{name}.pdf" in links
        assert f"records/{name}.run.json" in links
        assert [link for link in links if link.endswith(f"src/replication/figures/{name}.py")]
    assert any("--config profile=smoke --forcerun" in words for words in page.text)


def test_the_links_of_a_run_are_files_that_the_plan_knows() -> None:
    for profile, report in (("paper", "paper_figures"), ("smoke", "results/smoke/paper_figures")):
        plan = Plan.of({"profile": profile})
        made = plan.files("figure", "animation", "table")
        places = Places(Path(plan.results), Path(plan.report))
        assert str(places.report) == report
        for item in (Shown("fig01_pendulum_mf", "", ""), Shown("anim03_motion", "", "", suffix="gif")):
            links = places.links(item, Path())
            assert {file.href for file in links.files} | {links.record} <= set(made)
            assert Path(links.script).is_file()
            assert links.command.endswith(f"--forcerun {links.files[0].href}")
            assert (f"profile={profile}" in links.command) == (profile != "paper")


def test_figures_stand_with_their_data_set_and_those_of_several_come_last() -> None:
    items = [
        Shown("fig15_ratios", "", "", ["mnist", "pendulum"]),
        Shown("fig12_motion_noise", "", "", ["motion", "motion_clean"]),
        Listed("tab01_lengths", "", "", ["*"]),
        Shown("fig08_robot_arm_mf", "", "", ["robot_arm"]),
    ]
    found = {section.title: [label(item.name) for item in section.items] for section in sections(items, SOURCES)}
    assert found == {
        "Robot arm": ["Figure 8"],
        "Human motion": ["Figure 12"],
        "Across the data sets": ["Figure 15", "Table 1"],
    }


def test_a_run_is_as_long_as_some_stage_of_it_ran(tmp_path: Path) -> None:
    times = [("10:00", 3720), ("10:30", 60), ("13:00", 600)]
    for number, (at, seconds) in enumerate(times):
        time = {**RECORD["time"], "started": f"2026-01-01T{at}:00+00:00", "wall_seconds": seconds}
        commit = "fedcba9876543210+changes" if number == 2 else RECORD["commit"]
        write_bytes(tmp_path / f"{number}.run.json", json.dumps({**RECORD, "time": time, "commit": commit}).encode())
    write_bytes(tmp_path / "old.run.json", b'{"device": "cpu"}')
    run = read_run(sorted(tmp_path.glob("*.run.json")))
    assert run is not None
    assert in_words(run) == {
        "Commit": "0123456789 (2 of 3 stages), fedcba9876 with changes (1 of 3 stages)",
        "Date": "2026-01-01 10:00 to 13:10 UTC",
        "Duration": "1 h 12 min, 3 min 0 s of processor time, in 3 runs of stages",
        "Machine": "A Processor, 4 cores, Linux x86_64, Python 3.12.1, torch 2.13.0, device cpu",
    }
    assert read_run([tmp_path / "old.run.json"]) is None


def test_what_differs_from_run_to_run_is_in_the_page_alone(tmp_path: Path) -> None:
    results = write_tree(tmp_path / "results" / "smoke", datasets=("pendulum",))
    places = Places(results, tmp_path / "paper_figures")
    plain = contents(results, places)
    write_bytes(tmp_path / "a.run.json", json.dumps(RECORD).encode())
    known = Contents(**{**vars(plain), "run": read_run([tmp_path / "a.run.json"])})
    assert as_markdown(known, places) == as_markdown(plain, places)
    (facts, *of_known), (other, *of_plain) = (parted(as_html(one, places)) for one in (known, plain))
    assert facts != other
    assert of_known == of_plain


def parted(page: str) -> tuple[str, str, str]:
    """What a page says of its run, and what stands before and after."""
    before, facts, after = re.split(r"(<dl .*?</dl>)", page, flags=re.DOTALL)
    return facts, before, after


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_every_colour_of_words_stands_out_from_what_is_behind_it(mode: int) -> None:
    """WCAG 2.2, level AA: 4.5 to 1."""
    colours = {name: pair[mode] for name, *pair in re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)}
    assert {"ink", "soft", "link", "good", "half", "bad", "paper", "raised"} <= colours.keys()
    for words in ("ink", "soft", "link", "good", "half", "bad"):
        for behind in ("paper", "raised"):
            assert contrast(colours[words], colours[behind]) >= 4.5, (words, behind)
    assert not re.findall(r"(?<!background: )#[0-9a-f]{3,6}\b", STYLE.partition("* {")[2]), "a colour without a name"


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG defines it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
