import base64
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.gallery import Pictures, choose_videos, picture_path, video_path
from gen3d_bench.evaluation.pictures import save_picture, save_video
from gen3d_bench.evaluation.report import render_report
from gen3d_bench.evaluation.summary import RunSummary
from gen3d_bench.scenes.resolve import resolve_scenes
from tests.evaluation.fake_world import make_scene
from tests.evaluation.make import record

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CONFIG = EvalConfig(policy="random", scenes=("a", "b"), episodes=4, seed=3)
SCENES = (make_scene("a"), make_scene("b"))


def rows():
    dropped = {"lifted": True, "failures": ["dynamics", "semantics"], "failure_codes": ["wrong_object", "dropped"]}
    return [
        *(record("a", i, time_to_finish_s=3.0 + i, seed=100 + i) for i in range(4)),
        record("b", 0, success=False),
        record("b", 1, success=False, **dropped),
        record("b", 2, success=False, status="policy_error", error="KeyError: <b>'x'</b>"),
        record("b", 3, time_to_finish_s=9.5),
    ]


@pytest.fixture
def page(tmp_path):
    """A report with pictures."""
    summary = RunSummary.of(rows())
    frame = np.full((480, 640, 3), 120, np.uint8)
    chosen = choose_videos(summary.records, 6)
    for r in chosen:
        save_video(video_path(tmp_path, r.key), [frame, frame // 2, frame // 4])
    save_picture(picture_path(tmp_path, "a"), frame)
    pictures = Pictures.find(tmp_path, chosen, summary.per_scene)
    assert len(pictures.films) == 6
    assert set(pictures.scenes) == {"a"}
    return render_report(CONFIG, SCENES, summary, pictures, {})


def bare(summary, problems=None):
    return render_report(CONFIG, SCENES, summary, Pictures((), {}), problems or {})


def text_of(html):
    """What a reader sees, on one line."""
    html = re.sub(r"<(style|script).*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href", "srcset", "action")]


def test_it_says_the_numbers(page):
    text = text_of(page)
    assert "8 episodes over 2 scenes" in text
    assert "62.5%" in text
    assert "5 of 8; 95% interval 30.6 to 86.3%" in text
    assert "5.5 ± 2.2" in text
    assert "10.9 s when failures count as 20 s" in text
    assert re.search(r"put the pen in the cup a 4 1\.0 1\.0 0\.51 to 1\.00 - - 4\.5 ± 1\.1", text)
    assert re.search(r"put the pen in the cup b 4 0\.5 0\.25 0\.05 to 0\.70 0\.75 0\.25 9\.5 ", text)


def test_it_says_why_episodes_failed_and_what_was_run(page):
    text = text_of(page)
    assert "touched the source but never held it 2 (67%)" in text
    assert "raised the source and lost it 1 (33%)" in text
    assert "100, 101, 102, 103" in text
    assert "gen3d_bench 0.1.0" in text
    assert "Base seed 3" in text


def test_it_is_one_file_without_a_network(page):
    links = _Links()
    links.feed(page)
    assert links.found
    assert all(link.startswith("data:") for link in links.found)
    assert "http" not in page.replace("http-equiv", "")
    assert "@import" not in page


def test_films_move_and_stand_still_on_request(page):
    films = re.findall(r'<source media="\(prefers-reduced-motion: reduce\)" srcset="([^"]+)"><img src="([^"]+)"', page)
    assert len(films) == 6
    for still, moving in films:
        still, moving = (base64.b64decode(uri.partition(",")[2]) for uri in (still, moving))
        assert b"ANMF" in moving
        assert b"ANMF" not in still


def test_what_others_wrote_is_escaped(page):
    assert "KeyError: &lt;b&gt;" in page
    assert "<b>'x'" not in page


def test_stand_ins_are_said():
    about = "look-alikes of <i>SimplerEnv's</i> assets"
    html = bare(RunSummary.of([record("a", stand_in=about), record("a", 1, stand_in=about), record("b")]))
    said = "Not with the real assets: look-alikes of &lt;i&gt;SimplerEnv&#39;s&lt;/i&gt; assets. So it is in a,"
    assert said in text_of(html)
    assert "Not with the real assets" not in bare(RunSummary.of(rows()))


def test_holes_are_said():
    missing = {("b", 2): "the worker process died (signal 9)"}
    text = text_of(bare(RunSummary.of(rows()[:4], missing), {("a", 0): "cannot render"}))
    assert "Incomplete: 1 of 8 planned episodes" in text
    assert "b, episode 2: the worker process died (signal 9)" in text
    assert "a, episode 0: cannot render" in text
    assert "No episode failed." in text


def test_nothing_at_all_still_gives_a_page():
    text = text_of(bare(RunSummary.of([], {("a", 0): "no Vulkan device"})))
    assert "0 episodes over 0 scenes" in text
    assert "no Vulkan device" in text


def test_success_at_the_end_is_said_where_episodes_run_on():
    text = text_of(bare(RunSummary.of([record("a", 0, success_at_end=False), record("a", 1, success_at_end=True)])))
    assert "Success at end 50.0% 1 of 2" in text
    assert "SimplerEnv" not in text


@pytest.mark.parametrize("physics", ["simplerenv", "maniskill3"])
def test_simplerenvs_own_setting_says_its_rule(physics):
    (scene,) = resolve_scenes("simpler-stack-cube")
    config = EvalConfig(scenes=(scene.id,), setting="visual_matching", physics=physics)
    summary = RunSummary.of([record(scene.id, 0, success_at_end=True)])
    text = text_of(render_report(config, [scene], summary, Pictures((), {}), {}))
    assert "what SimplerEnv counts" in text and "in front of its photograph" in text
    assert "among distractors" not in text and "judged from contact forces" not in text
    assert ("nothing but target and robot" in text) == (physics == "simplerenv")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look at the page with")
def test_a_browser_shows_it_without_complaint(page, tmp_path):
    """The page is loaded from disk, its table sorted by a click, and whatever the console hears is written into it."""
    probe = """<script>
      window.addEventListener("load", () => {
        document.querySelector('#scenes button[data-column="4"]').click();
        const ids = [...document.querySelectorAll("#scenes tbody:not(.all) .id")].map(e => e.textContent);
        const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
        document.title = `sorted ${ids} heard ${heard.length} ${heard} wide ${wide} broken ${
          [...document.images].filter(i => i.complete && !i.naturalWidth).length}`;
      });</script>"""
    listen = """<script>const heard = []; console.error = console.warn = (...a) => heard.push(a.join(" "));
      window.addEventListener("error", e => heard.push(e.message), true);</script>"""
    file = tmp_path / "report.html"
    file.write_text(page.replace("<head>", "<head>" + listen).replace("</body>", probe + "</body>"))
    for width in (1280, 420):
        dom = _dump(file, tmp_path / f"profile{width}", width)
        title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL).group(1)
        assert title == "sorted b,a heard 0  wide false broken 0"


def _dump(file: Path, profile: Path, width: int) -> str:
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             f"--user-data-dir={profile}", f"--window-size={width},2400", "--virtual-time-budget=4000", "--dump-dom"]
    done = subprocess.run([CHROMIUM, *flags, file.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
