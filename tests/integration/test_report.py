"""The report of a simulation in a real browser: it is drawn, nothing is loaded and nothing complains, hovering over a
mark shows the decision's reason, light and dark, zoom, and no text out of the result becomes markup."""
import json
import math
import pathlib
import shutil
import subprocess

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

MINUTES = 720
START = 1764547200000
HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><b>bold</b>"


def policy(name, threshold):
    """A service and a group that follow a burst, sooner or later."""
    load, desired, running, backlog, wait, instances, events = [], [], [], [], [], [], []
    waiting, tasks = 0.0, 1
    for minute in range(MINUTES):
        arriving = 2 + math.sin(minute / 100) + (6 if 300 < minute < 360 else 0)
        waiting = max(0.0, waiting + 60 * (arriving - tasks))
        if minute % 5 == 0 and waiting > threshold and tasks < 8:
            events.append({"time_ms": START + minute * 60000, "cluster": "my_cluster", "kind": "scale out service",
                           "subject": "worker", "from": tasks, "to": tasks + 1, "outcome": "applied",
                           "reason": f"queue_length = {waiting:.0f} is >= {threshold}: {HOSTILE}"})
            tasks += 1
        elif minute % 5 == 0 and waiting == 0 and tasks > 1:
            tasks -= 1
        for values, value in ((load, arriving), (desired, tasks), (running, tasks), (backlog, waiting),
                              (wait, waiting / tasks), (instances, 1 + tasks // 4)):
            values.append(value)
    totals = {"cost": 1.5 + 100 / threshold, "instance_hours": 20, "task_hours": 40, "time_outside_share": threshold / 1000,
              "work_outside_share": 0.02, "wait_worst_s": max(wait), "wait_mean_s": 10.0, "service_scale_outs": len(events),
              "service_scale_ins": 3, "instances_added": 2, "instances_removed": 1, "reversals": 1, "passes": MINUTES,
              "api_calls": 3000}
    return {"name": name, "events": events, "totals": totals,
            "services": [{"cluster": "my_cluster", "service": "worker", "kind": "queue", "objective": {"max_wait_s": 60},
                          "series": {"load": load, "desired": desired, "running": running, "backlog": backlog,
                                     "wait_s": wait}, "totals": {}}],
            "groups": [{"cluster": "my_cluster", "group": "my_group", "type": "m5.large", "price_per_hour": 0.096,
                        "min": 1, "max": 4, "totals": {},
                        "series": {"desired": instances, "in_service": instances, "draining": [0] * MINUTES}}]}


@pytest.fixture(scope="module")
def result():
    policies = [policy("clusters/", 20), policy("calm/", 200)]
    sweep = [{"parameters": {"worker.events[0].min": i}, "pareto": i % 3 == 0,
              "totals": {"cost": 10 - i, "time_outside_share": i / 100, "instance_hours": 20}} for i in range(2, 9)]
    return {"version": 1, "kind": "simulation", "step_ms": 60000, "policies": policies, "ratios": [], "sweep": sweep,
            "scenario": {"name": HOSTILE, "start_ms": START, "length_ms": MINUTES * 60000, "interval_ms": 60000, "seed": 7},
            "clairvoyant": {"totals": {"cost": 1.2, "instance_hours": 12}, "groups": [], "services": []}}


@pytest.fixture(scope="module")
def page(result, program, tmp_path_factory):
    driver = pathlib.Path(program).resolve().parent.parent / "sanitize/driver_report"
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(subprocess.run([driver], input=json.dumps(result).encode(), capture_output=True, check=True).stdout)
    return path


@pytest.fixture(scope="module")
def chromium():
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("needs chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--disable-quic", "--window-size=1280,2400"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    browser.set_page_load_timeout(60)
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium, page):
    chromium.get(page.as_uri())
    yield chromium
    assert chromium.get_log("browser") == []  # no error, no warning, nothing refused by the page's policy


def charts(browser):
    return browser.find_elements(By.CSS_SELECTOR, ".chart svg")


def test_everything_is_drawn(browser):
    assert len(charts(browser)) == 5  # instances; load, tasks, backlog, wait
    for chart in charts(browser):
        assert chart.find_elements(By.CSS_SELECTOR, "path[d]")
        assert chart.size["width"] > 900 and chart.size["height"] > 80
    assert [tab.text for tab in browser.find_elements(By.CSS_SELECTOR, "#policies button")] == ["clusters/", "calm/"]
    assert browser.find_element(By.CSS_SELECTOR, "#cards .value").text == "6.50"
    assert "5.42 × the least possible" in browser.find_element(By.ID, "cards").text
    assert len(browser.find_elements(By.CSS_SELECTOR, "#sweep circle")) == 7
    rows = {row.find_element(By.TAG_NAME, "td").text: row for row in browser.find_elements(By.CSS_SELECTOR, "#totals tbody tr")}
    assert rows["cost"].text.split() == ["cost", "6.50", "2.00", "1.20"]
    assert rows["cost"].find_element(By.CSS_SELECTOR, ".better").text == "2.00"


def test_no_text_becomes_markup(browser, result):
    assert browser.find_element(By.ID, "title").text == result["scenario"]["name"]
    assert browser.title.startswith("</script>")
    assert browser.find_elements(By.TAG_NAME, "img") == [] and browser.find_elements(By.CSS_SELECTOR, "main b b") == []


def test_hovering_over_a_mark_shows_the_reason(browser, result):
    marker = browser.find_elements(By.CSS_SELECTOR, "polygon.marker")[0]
    event = result["policies"][0]["events"][0]
    ActionChains(browser).move_to_element(marker).perform()
    tip = browser.find_element(By.ID, "tip")
    assert tip.is_displayed()
    assert f"scale out service worker: {event['from']} → {event['to']}" in tip.text
    assert event["reason"] in tip.text and "wanted" in tip.text
    assert len(browser.find_elements(By.CSS_SELECTOR, ".cursor")) == 5  # the same moment in every chart
    dot = browser.find_elements(By.CSS_SELECTOR, "#sweep circle")[2]
    ActionChains(browser).move_to_element(dot).perform()
    assert "worker.events[0].min" in tip.text


def test_zoom_and_back(browser):
    chart = charts(browser)[0]
    ActionChains(browser).move_to_element(chart).click_and_hold().move_by_offset(200, 0).release().perform()
    back = browser.find_element(By.ID, "zoom-out")
    zoomed = chart.find_elements(By.CSS_SELECTOR, "text")[-1].text
    assert back.is_displayed()
    back.click()
    assert not back.is_displayed() and chart.find_elements(By.CSS_SELECTOR, "text")[-1].text != zoomed


def test_the_other_policy(browser, result):
    browser.find_elements(By.CSS_SELECTOR, "#policies button")[1].click()
    assert browser.find_element(By.CSS_SELECTOR, "#cards .value").text == "2.00"
    events = result["policies"][1]["events"]
    assert len(browser.find_elements(By.CSS_SELECTOR, "polygon.marker")) == len(events)
    browser.find_element(By.CSS_SELECTOR, "#decisions summary").click()
    assert len(browser.find_elements(By.CSS_SELECTOR, "#decisions tbody tr")) == len(events)


def test_light_and_dark(browser):
    colour = lambda: browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    first = colour()
    browser.find_element(By.ID, "theme").click()
    second = colour()
    assert {first, second} == {"rgba(246, 247, 249, 1)", "rgba(15, 20, 26, 1)"}
    browser.find_element(By.ID, "theme").click()
    assert colour() == first


def test_a_real_simulation(chromium, program, tmp_path):
    """What `simulate --html` writes, with a second policy beside the first."""
    scenarios = pathlib.Path(__file__).resolve().parent.parent.parent / "contrib/scenarios"
    other = tmp_path / "calm"
    other.mkdir()
    text = (scenarios / "clusters/my_cluster.yml").read_text()
    (other / "my_cluster.yml").write_text(text)
    subprocess.run([program, "simulate", scenarios / "quick-start.yml", "--against", other, "--html", "report.html"],
                   cwd=tmp_path, capture_output=True, check=True)
    chromium.get((tmp_path / "report.html").as_uri())
    assert chromium.find_element(By.ID, "title").text == "quick start"
    assert len(charts(chromium)) >= 6
    assert [tab.text for tab in chromium.find_elements(By.CSS_SELECTOR, "#policies button")][1].endswith("calm")
    assert "×" in chromium.find_element(By.ID, "cards").text  # beside the clairvoyant policy
    ActionChains(chromium).move_to_element(chromium.find_elements(By.CSS_SELECTOR, "polygon.marker")[0]).perform()
    assert " instance more" in chromium.find_element(By.ID, "tip").text
    assert chromium.get_log("browser") == []
    chromium.save_screenshot(str(tmp_path / "report.png"))


def test_narrow(browser):
    browser.set_window_size(500, 900)
    try:
        wide = browser.execute_script("return document.documentElement.scrollWidth > innerWidth")
        assert not wide
    finally:
        browser.set_window_size(1280, 2400)
