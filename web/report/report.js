// The report of a simulation: draws what is in the JSON of the page (docs/simulation.md, "The JSON
// result"). Plain JavaScript, no library, nothing is loaded. Texts out of the JSON only ever become
// text nodes, so that no name in a definition can turn into markup.
'use strict';

(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const start = data.scenario.start_ms;
  const end = start + data.scenario.length_ms;
  const state = { policy: 0, from: start, to: end };
  const charts = [];
  const SVG = 'http://www.w3.org/2000/svg';
  const LEFT = 46, RIGHT = 8, BOTTOM = 18, TOP = 6;

  // ---- small helpers ----
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === 'class') made.className = value; else made.setAttribute(name, value);
    }
    for (const child of children) {
      if (child !== null && child !== undefined) made.append(child);
    }
    return made;
  }
  function shape(tag, attributes) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    return made;
  }
  const two = (number) => String(number).padStart(2, '0');
  function clock(ms, withDate) {
    const date = new Date(ms);
    const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
    const day = `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
    return withDate ? `${day} ${time}` : time;
  }
  function span(ms) {
    const minutes = Math.round(ms / 60000);
    if (minutes < 120) return `${minutes} min`;
    return minutes < 72 * 60 ? `${+(minutes / 60).toFixed(1)} h` : `${+(minutes / 1440).toFixed(1)} days`;
  }
  function amount(value, digits) {
    if (value === null || value === undefined || !Number.isFinite(value)) return '–';
    const size = Math.abs(value);
    if (digits !== undefined) return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return value.toLocaleString('en', { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || size === 0 ? 2 : 3 });
  }
  const percent = (share) => (Number.isFinite(share) ? `${amount(share * 100, share && share < 0.1 ? 2 : 1)} %` : '–');
  function seconds(value) {
    if (!Number.isFinite(value)) return '–';
    return value < 120 ? `${amount(value)} s` : value < 7200 ? `${amount(value / 60)} min` : `${amount(value / 3600)} h`;
  }
  const colour = (name) => `var(--${name})`;

  // ---- a chart: series and markers over the common time ----
  // series: {name, values, colour, kind: line|step|area, format}; limit: {value, name}.
  function makeChart(parent, options) {
    const label = element('div', { class: 'label' }, element('b', {}, options.title));
    for (const series of options.series) {
      const key = element('i', { class: series.kind === 'area' ? 'area' : series.dash ? 'dash' : '' });
      key.style[series.kind === 'area' ? 'background' : 'borderColor'] = colour(series.kind === 'area' ? `${series.colour}-fill` : series.colour);
      label.append(element('span', { class: 'key' }, key, series.name));
    }
    if (options.limit) {
      const key = element('i', { class: 'dash' });
      key.style.borderColor = colour('bad');
      label.append(element('span', { class: 'key' }, key, options.limit.name));
    }
    const svg = shape('svg', { height: options.height, role: 'img', 'aria-label': options.title });
    const box = element('div', { class: 'chart' }, label, svg);
    parent.append(box);
    const chart = { ...options, svg, box };
    charts.push(chart);
    svg.addEventListener('pointermove', (event) => hover(chart, event));
    svg.addEventListener('pointerleave', () => { if (!drag) clearHover(); });
    svg.addEventListener('pointerdown', (event) => beginDrag(chart, event));
    svg.addEventListener('dblclick', () => zoom(start, end));
    return chart;
  }

  function widthOf(chart) { return Math.max(chart.svg.clientWidth || chart.box.clientWidth, 200); }
  function xOf(chart, ms) { return LEFT + (ms - state.from) / (state.to - state.from) * (widthOf(chart) - LEFT - RIGHT); }
  function timeAt(chart, x) { return state.from + (x - LEFT) / (widthOf(chart) - LEFT - RIGHT) * (state.to - state.from); }
  function indexAt(ms) { return Math.floor((ms - start) / data.step_ms); }

  const TIMES = [1, 2, 10, 20, 60, 120, 240, 600, 1200, 2400, 3600, 7200, 14400, 43200, 86400];
  function niceTop(value, isTime) {
    if (!(value > 0)) return 1;
    const time = isTime && TIMES.find((one) => one >= value);
    if (time) return time;
    const power = 10 ** Math.floor(Math.log10(value));
    for (const factor of [1, 1.5, 2, 3, 4, 5, 6, 8, 10]) if (factor * power >= value) return factor * power;
    return value;
  }

  function timeTicks(width) {
    const steps = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080].map((minutes) => minutes * 60000);
    const wanted = (state.to - state.from) / Math.max(width / 90, 2);
    const step = steps.find((one) => one >= wanted) || steps[steps.length - 1];
    const ticks = [];
    for (let at = Math.ceil(state.from / step) * step; at <= state.to; at += step) ticks.push(at);
    return { ticks, step };
  }

  function pathOf(chart, series, y, from, to) {
    const parts = [];
    let open = false;
    // Where several samples share a pixel their extremes are kept, so that no spike is lost.
    const per = Math.max(1, Math.floor((to - from) / (2 * (widthOf(chart) - LEFT - RIGHT))));
    for (let i = from; i < to; i += per) {
      let low = Infinity, high = -Infinity;
      for (let j = i; j < Math.min(i + per, to); j++) {
        const value = series.values[j];
        if (value === null || value === undefined) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      if (low === Infinity) { open = false; continue; }
      const x = xOf(chart, start + i * data.step_ms);
      const next = xOf(chart, start + Math.min(i + per, to) * data.step_ms);
      for (const value of low === high ? [low] : [low, high]) {
        parts.push(`${open ? 'L' : 'M'}${x.toFixed(1)},${y(value).toFixed(1)}`);
        open = true;
      }
      if (series.kind !== 'line') parts.push(`H${next.toFixed(1)}`);
    }
    return parts.join('');
  }

  function draw(chart) {
    const { svg, height } = chart;
    const width = widthOf(chart);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.replaceChildren();
    const from = Math.max(0, indexAt(state.from));
    const to = Math.min(indexAt(state.to) + 2, Math.max(...chart.series.map((series) => series.values.length)));
    let top = chart.limit && chart.limit.value ? chart.limit.value * 1.15 : 0;
    for (const series of chart.series) {
      for (let i = from; i < Math.min(to, series.values.length); i++) top = Math.max(top, series.values[i] || 0);
    }
    top = niceTop(top, chart.format === seconds);
    const floor = height - BOTTOM;
    const y = (value) => floor - Math.min(value, top) / top * (floor - TOP);
    chart.y = y;
    for (let i = 0; i <= 2; i++) {
      const value = top * i / 2;
      svg.append(shape('line', { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: i ? 'grid' : 'axis' }));
      const text = shape('text', { x: LEFT - 7, y: y(value) + 4, 'text-anchor': 'end' });
      text.textContent = (chart.format || amount)(value);
      svg.append(text);
    }
    const { ticks, step } = timeTicks(width);
    for (const at of ticks) {
      const x = xOf(chart, at);
      svg.append(shape('line', { x1: x, x2: x, y1: TOP, y2: floor, class: 'grid' }));
      const text = shape('text', { x, y: height - 4, 'text-anchor': 'middle' });
      text.textContent = step >= 86400000 || at % 86400000 === 0 ? clock(at, true).slice(5, 10) : clock(at);
      svg.append(text);
    }
    for (const series of chart.series) {
      const d = pathOf(chart, series, y, from, Math.min(to, series.values.length));
      if (!d) continue;
      if (series.kind === 'area') {
        const first = xOf(chart, start + from * data.step_ms);
        const last = xOf(chart, start + Math.min(to, series.values.length) * data.step_ms);
        svg.append(shape('path', { d: `M${first},${floor}L${d.slice(1)}L${last.toFixed(1)},${floor}Z`, style: `fill:${colour(`${series.colour}-fill`)}` }));
      }
      svg.append(shape('path', { d, fill: 'none', style: `stroke:${colour(series.colour)}`, 'stroke-width': series.kind === 'area' ? 1.2 : 1.8, 'stroke-linejoin': 'round', ...(series.dash ? { 'stroke-dasharray': '5 4' } : {}) }));
    }
    if (chart.limit) drawLimit(chart, y, width, floor, from, to);
    drawMarkers(chart, floor);
    const cover = shape('rect', { x: LEFT, y: 0, width: Math.max(width - LEFT - RIGHT, 1), height: floor, fill: 'transparent' });
    svg.append(cover);
  }

  // The objective as a line, and the times when it did not hold behind everything.
  function drawLimit(chart, y, width, floor, from, to) {
    const at = y(chart.limit.value);
    chart.svg.append(shape('line', { x1: LEFT, x2: width - RIGHT, y1: at, y2: at, style: `stroke:${colour('bad')}`, 'stroke-dasharray': '5 4', 'stroke-width': 1.3 }));
    const values = chart.limit.values;
    const parts = [];
    for (let i = from; i < Math.min(to, values.length); i++) {
      if (!(values[i] > chart.limit.value)) continue;
      let last = i;
      while (last + 1 < Math.min(to, values.length) && values[last + 1] > chart.limit.value) last++;
      const x1 = Math.max(xOf(chart, start + i * data.step_ms), LEFT);
      const x2 = Math.min(Math.max(xOf(chart, start + (last + 1) * data.step_ms), x1 + 1), width - RIGHT);
      parts.push(`M${x1.toFixed(1)},${TOP}H${x2.toFixed(1)}V${floor}H${x1.toFixed(1)}Z`);
      i = last;
    }
    if (parts.length) chart.svg.prepend(shape('path', { d: parts.join(''), style: `fill:${colour('bad-fill')}` }));
  }

  function looks(event) {
    const kind = event.kind;
    if (kind.includes('drain')) return { colour: 'drain', up: false };
    if (kind.includes('terminate')) return { colour: 'second', up: false };
    if (kind.includes('bounds')) return { colour: 'soft', up: true };
    const up = event.to > event.from;
    return { colour: up ? 'good' : 'drain', up };
  }

  function drawMarkers(chart, floor) {
    chart.markers = [];
    for (const event of chart.events || []) {
      if (event.time_ms < state.from || event.time_ms > state.to) continue;
      const x = xOf(chart, event.time_ms);
      const { colour: name, up } = looks(event);
      const y = floor - 6;
      const points = up ? `${x - 4.5},${y + 4} ${x + 4.5},${y + 4} ${x},${y - 5}` : `${x - 4.5},${y - 4} ${x + 4.5},${y - 4} ${x},${y + 5}`;
      const marker = shape('polygon', { points, class: 'marker', style: `fill:${colour(name)}` });
      chart.svg.append(marker);
      chart.markers.push({ x, event, marker });
    }
  }

  // ---- hovering and zooming ----
  const tip = document.getElementById('tip');
  let drag = null;
  let hot = null;

  function clearHover() {
    tip.hidden = true;
    for (const chart of charts) if (chart.cursor) { chart.cursor.remove(); chart.cursor = null; }
    if (hot) hot.classList.remove('hot');
    hot = null;
  }

  function placeTip(event) {
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = event.clientX + 16 + box.width > innerWidth ? event.clientX - box.width - 14 : event.clientX + 16;
    const top = Math.min(event.clientY + 14, innerHeight - box.height - 8);
    tip.style.left = `${Math.max(left, 6)}px`;
    tip.style.top = `${Math.max(top, 6)}px`;
  }

  function hover(chart, event) {
    const x = event.clientX - chart.svg.getBoundingClientRect().left;
    if (drag) { moveDrag(x); return; }
    const time = Math.min(Math.max(timeAt(chart, x), state.from), state.to);
    clearHover();
    for (const one of charts) {
      const at = xOf(one, time);
      one.cursor = shape('line', { x1: at, x2: at, y1: 0, y2: one.height - BOTTOM, class: 'cursor' });
      one.svg.insertBefore(one.cursor, one.svg.lastChild);
    }
    const index = indexAt(time);
    const rows = element('table', {});
    for (const series of chart.series) {
      const value = series.values[Math.min(index, series.values.length - 1)];
      rows.append(element('tr', {}, element('td', {}, series.name), element('td', {}, (series.format || chart.format || amount)(value))));
    }
    tip.replaceChildren(element('div', { class: 'time' }, `${clock(time, true)} UTC`), rows);
    let nearest = null;
    for (const one of chart.markers || []) {
      if (Math.abs(one.x - x) <= 8 && (!nearest || Math.abs(one.x - x) < Math.abs(nearest.x - x))) nearest = one;
    }
    if (nearest) {
      hot = nearest.marker;
      hot.classList.add('hot');
      tip.append(element('div', { class: 'event' }, element('b', {}, headline(nearest.event)),
        element('div', { class: 'time' }, clock(nearest.event.time_ms, true)), element('div', {}, nearest.event.reason)));
    }
    placeTip(event);
  }

  function headline(event) {
    const change = event.from !== undefined && event.from !== event.to ? `: ${event.from} → ${event.to}` : '';
    const outcome = event.outcome && event.outcome !== 'applied' ? ` (${event.outcome})` : '';
    return `${event.kind} ${event.subject}${change}${outcome}`;
  }

  function beginDrag(chart, event) {
    const x = event.clientX - chart.svg.getBoundingClientRect().left;
    if (x < LEFT || event.button !== 0) return;
    chart.svg.setPointerCapture(event.pointerId);
    clearHover();
    const brush = shape('rect', { y: TOP, height: chart.height - BOTTOM - TOP, x, width: 0, class: 'brush' });
    chart.svg.append(brush);
    drag = { chart, x, to: x, brush };
    chart.svg.addEventListener('pointerup', endDrag, { once: true });
  }
  function moveDrag(x) {
    const width = widthOf(drag.chart);
    drag.to = Math.min(Math.max(x, LEFT), width - RIGHT);
    drag.brush.setAttribute('x', Math.min(drag.x, drag.to));
    drag.brush.setAttribute('width', Math.abs(drag.to - drag.x));
  }
  function endDrag() {
    const { chart, x, to, brush } = drag;
    drag = null;
    brush.remove();
    if (Math.abs(to - x) < 8) return;
    const from = timeAt(chart, Math.min(x, to));
    zoom(from, Math.max(timeAt(chart, Math.max(x, to)), from + 5 * data.step_ms));
  }
  function zoom(from, to) {
    state.from = Math.max(from, start);
    state.to = Math.min(to, end);
    document.getElementById('zoom-out').hidden = state.from === start && state.to === end;
    charts.forEach(draw);
  }

  // ---- what the page says ----
  // key, name, format, is less better?
  const FIGURES = [
    ['cost', 'cost', (v) => amount(v, 2), true],
    ['instance_hours', 'instance-hours', (v) => amount(v, 1), true],
    ['task_hours', 'task-hours', (v) => amount(v, 1), true],
    ['time_outside_share', 'time outside the objectives', percent, true],
    ['work_outside_share', 'work outside the objectives', percent, true],
    ['wait_worst_s', 'worst wait', seconds, true],
    ['wait_mean_s', 'mean wait', seconds, true],
    ['service_scale_outs', 'services scaled out', amount, false],
    ['service_scale_ins', 'services scaled in', amount, false],
    ['instances_added', 'instances added', amount, false],
    ['instances_removed', 'instances removed', amount, false],
    ['reversals', 'reversals (flapping)', amount, true],
    ['passes', 'passes', amount, false],
    ['api_calls', 'API calls', amount, false],
  ];
  const CARDS = ['cost', 'instance_hours', 'time_outside_share', 'work_outside_share', 'wait_worst_s', 'reversals'];

  function showCards() {
    const cards = document.getElementById('cards');
    cards.replaceChildren();
    const totals = data.policies[state.policy].totals;
    const other = data.policies[state.policy === 0 ? 1 : 0];
    for (const key of CARDS) {
      const [, name, format] = FIGURES.find((row) => row[0] === key);
      if (totals[key] === undefined || totals[key] === null) continue;
      let note = '';
      const ideal = data.clairvoyant && data.clairvoyant.totals[key];
      if ((key === 'cost' || key === 'instance_hours') && ideal > 0) note = `${amount(totals[key] / ideal, 2)} × the least possible`;
      else if (data.policies.length > 1 && other.totals[key] !== undefined) note = `${format(other.totals[key])} with ${other.name}`;
      const bad = key.endsWith('_share') && totals[key] > 0.05;
      cards.append(element('div', { class: bad ? 'card bad' : 'card' }, element('div', { class: 'name' }, name),
        element('div', { class: 'value' }, format(totals[key])), element('div', { class: 'note' }, note)));
    }
  }

  function showTotals() {
    const place = document.getElementById('totals');
    const head = element('tr', {}, element('th', {}, ''));
    const columns = data.policies.map((policy) => ({ name: policy.name, totals: policy.totals }));
    if (data.clairvoyant) columns.push({ name: 'clairvoyant (bound)', totals: data.clairvoyant.totals, ideal: true });
    for (const column of columns) head.append(element('th', { scope: 'col' }, column.name));
    const body = element('tbody', {});
    for (const [key, name, format, less] of FIGURES) {
      if (!columns.some((column) => Number.isFinite(column.totals[key]))) continue;
      const row = element('tr', {}, element('td', {}, name));
      const rivals = columns.filter((column) => !column.ideal).map((column) => column.totals[key]);
      const best = less && rivals.length > 1 && new Set(rivals).size > 1 ? Math.min(...rivals) : null;
      for (const column of columns) {
        const value = column.totals[key];
        row.append(element('td', { class: column.ideal ? 'ideal' : value === best ? 'better' : '' }, Number.isFinite(value) ? format(value) : '–'));
      }
      body.append(row);
    }
    place.replaceChildren(element('div', { class: 'panel' }, element('h2', {}, 'Totals'),
      element('table', { class: 'figures' }, element('thead', {}, head), body)));
  }

  function serviceCharts(place, policy, service) {
    const panel = element('div', { class: 'panel' }, element('h2', {}, `${service.cluster} / ${service.service}`));
    place.append(panel);
    const events = policy.events.filter((event) => event.cluster === service.cluster && event.kind.includes('service') && event.subject === service.service);
    const s = service.series;
    if (s.load) makeChart(panel, { title: service.kind === 'queue' ? 'messages a second' : 'requests a second', height: 92, series: [{ name: 'arriving', values: s.load, colour: 'load', kind: 'area' }] });
    makeChart(panel, { title: 'tasks', height: 130, events, series: [
      { name: 'wanted', values: s.desired, colour: 'wanted', kind: 'step' }, { name: 'running', values: s.running, colour: 'running', kind: 'step' },
      ...idealTasks(service)] });
    const goal = service.objective || {};
    if (s.backlog) makeChart(panel, { title: 'backlog (messages)', height: 92, series: [{ name: 'ready', values: s.backlog, colour: 'second', kind: 'line' }] });
    if (s.wait_s) makeChart(panel, { title: 'oldest message waits', height: 110, format: seconds, limit: goal.max_wait_s ? { value: goal.max_wait_s, name: `objective ${seconds(goal.max_wait_s)}`, values: s.wait_s } : null, series: [{ name: 'wait', values: s.wait_s, colour: 'running', kind: 'line' }] });
    if (s.utilisation) makeChart(panel, { title: 'utilisation', height: 110, format: percent, limit: goal.max_utilisation ? { value: goal.max_utilisation, name: `objective ${percent(goal.max_utilisation)}`, values: s.utilisation } : null, series: [{ name: 'utilisation', values: s.utilisation, colour: 'running', kind: 'line' }] });
    if (s.latency_ms && (goal.max_latency_ms || !s.utilisation)) makeChart(panel, { title: 'latency', height: 110, format: (v) => `${amount(v)} ms`, limit: goal.max_latency_ms ? { value: goal.max_latency_ms, name: `objective ${amount(goal.max_latency_ms)} ms`, values: s.latency_ms } : null, series: [{ name: 'latency', values: s.latency_ms, colour: 'running', kind: 'line' }] });
  }
  function idealTasks(service) {
    const found = ((data.clairvoyant || {}).services || []).find((one) => one.cluster === service.cluster && one.service === service.service);
    return found && found.series.running ? [{ name: 'clairvoyant', values: found.series.running, colour: 'ideal', kind: 'step', dash: true }] : [];
  }

  function groupCharts(place, policy, group) {
    const panel = element('div', { class: 'panel' }, element('h2', {}, `${group.group}`),
      element('p', { class: 'hint' }, `${group.type}, ${amount(group.price_per_hour)} an hour; ${group.min} to ${group.max} instances in cluster ${group.cluster}`));
    place.append(panel);
    const events = policy.events.filter((event) => event.cluster === group.cluster && !event.kind.includes('service'));
    const series = [{ name: 'desired', values: group.series.desired, colour: 'wanted', kind: 'step' },
      { name: 'in service', values: group.series.in_service, colour: 'running', kind: 'step' }];
    if (group.series.draining && group.series.draining.some((value) => value > 0)) series.push({ name: 'draining', values: group.series.draining, colour: 'drain', kind: 'step' });
    const ideal = ((data.clairvoyant || {}).groups || []).find((one) => one.cluster === group.cluster && one.group === group.group);
    if (ideal && ideal.series.in_service) series.push({ name: 'clairvoyant', values: ideal.series.in_service, colour: 'ideal', kind: 'step', dash: true });
    data.policies.forEach((other) => {
      if (other === policy) return;
      const same = other.groups.find((one) => one.cluster === group.cluster && one.group === group.group);
      if (same) series.push({ name: `in service, ${other.name}`, values: same.series.in_service, colour: 'second', kind: 'step', dash: true });
    });
    makeChart(panel, { title: 'instances', height: 150, events, series });
  }

  function showDecisions() {
    const policy = data.policies[state.policy];
    const most = 2000;
    const body = element('tbody', {});
    for (const event of policy.events.slice(0, most)) {
      body.append(element('tr', {}, element('td', { class: 'when' }, clock(event.time_ms, true)), element('td', {}, headline(event)), element('td', { class: 'why' }, event.reason)));
    }
    const head = element('tr', {}, element('th', {}, 'when (UTC)'), element('th', {}, 'what'), element('th', {}, 'why'));
    const more = policy.events.length > most ? `, the first ${most} of them` : '';
    document.getElementById('decisions').replaceChildren(element('details', { class: 'panel' }, element('summary', {}, `${policy.events.length} changes, each with its reason${more}`),
      element('div', { class: 'scroll' }, element('table', { class: 'figures' }, element('thead', {}, head), body))));
  }

  // Cost against violation of every variant; the ones that no other beats in both are joined.
  function showSweep() {
    if (!data.sweep || !data.sweep.length) return;
    const place = document.getElementById('sweep');
    place.hidden = false;
    const panel = element('div', { class: 'panel' }, element('h2', {}, `${data.sweep.length} variants: cost against time outside the objectives`));
    const width = 900, height = 320, floor = height - 36;
    const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'cost against violation' });
    const costs = data.sweep.map((one) => one.totals.cost), shares = data.sweep.map((one) => one.totals.time_outside_share);
    const lowest = Math.min(...costs), highest = Math.max(...costs), pad = (highest - lowest) * 0.06 || 1;
    const top = niceTop(Math.max(...shares) || 0.01);
    const x = (cost) => 64 + (cost - lowest + pad) / (highest - lowest + 2 * pad) * (width - 84);
    const y = (share) => floor - share / top * (floor - 12);
    for (let i = 0; i <= 4; i++) {
      const value = top * i / 4, cost = lowest + (highest - lowest) * i / 4;
      svg.append(shape('line', { x1: 64, x2: width - 20, y1: y(value), y2: y(value), class: i ? 'grid' : 'axis' }));
      const left = shape('text', { x: 56, y: y(value) + 4, 'text-anchor': 'end' });
      left.textContent = percent(value);
      const below = shape('text', { x: x(cost), y: floor + 18, 'text-anchor': 'middle' });
      below.textContent = amount(cost, 2);
      svg.append(left, below);
    }
    const name = shape('text', { x: width - 20, y: floor + 33, 'text-anchor': 'end' });
    name.textContent = 'cost →';
    svg.append(name);
    const front = data.sweep.filter((one) => one.pareto).sort((a, b) => a.totals.cost - b.totals.cost);
    if (front.length > 1) svg.append(shape('polyline', { points: front.map((one) => `${x(one.totals.cost)},${y(one.totals.time_outside_share)}`).join(' '), fill: 'none', style: `stroke:${colour('good')}`, 'stroke-width': 1.5 }));
    for (const one of data.sweep) {
      const dot = shape('circle', { cx: x(one.totals.cost), cy: y(one.totals.time_outside_share), r: one.pareto ? 5.5 : 4.5, class: 'marker', style: `fill:${colour(one.pareto ? 'good' : 'running')}` });
      dot.addEventListener('pointermove', (event) => {
        const rows = element('table', {});
        for (const [key, value] of Object.entries(one.parameters)) rows.append(element('tr', {}, element('td', {}, key), element('td', {}, String(value))));
        for (const [key, title, format] of FIGURES.filter((row) => CARDS.includes(row[0]))) if (Number.isFinite(one.totals[key])) rows.append(element('tr', {}, element('td', {}, title), element('td', {}, format(one.totals[key]))));
        tip.replaceChildren(rows);
        placeTip(event);
      });
      dot.addEventListener('pointerleave', clearHover);
      svg.append(dot);
    }
    panel.append(svg);
    place.append(panel);
  }

  function showPolicy() {
    const policy = data.policies[state.policy];
    const place = document.getElementById('charts');
    charts.length = 0;
    place.replaceChildren();
    for (const group of policy.groups) groupCharts(place, policy, group);
    for (const service of policy.services) serviceCharts(place, policy, service);
    showCards();
    showDecisions();
    charts.forEach(draw);
  }

  function showHead() {
    const scenario = data.scenario;
    document.title = `${scenario.name}: ecs-autoscale simulation`;
    document.getElementById('title').textContent = scenario.name;
    document.getElementById('subtitle').textContent =
      `${span(scenario.length_ms)} from ${clock(start, true)} UTC, a pass every ${span(scenario.interval_ms)}, seed ${scenario.seed}. Drag over a chart to zoom, double-click to see all.`;
    const tabs = document.getElementById('policies');
    if (data.policies.length < 2) { tabs.hidden = true; return; }
    data.policies.forEach((policy, index) => {
      const tab = element('button', { type: 'button', role: 'tab', 'aria-selected': String(index === 0) }, policy.name);
      tab.addEventListener('click', () => {
        state.policy = index;
        [...tabs.children].forEach((one, at) => one.setAttribute('aria-selected', String(at === index)));
        showPolicy();
      });
      tabs.append(tab);
    });
  }

  document.getElementById('zoom-out').addEventListener('click', () => zoom(start, end));
  document.getElementById('theme').addEventListener('click', () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });
  let resizing = 0;
  addEventListener('resize', () => { clearTimeout(resizing); resizing = setTimeout(() => charts.forEach(draw), 60); });
  addEventListener('keydown', (event) => { if (event.key === 'Escape') { clearHover(); zoom(start, end); } });

  showHead();
  showTotals();
  showSweep();
  showPolicy();
})();
