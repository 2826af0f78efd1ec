// From what a page describes to what the library draws; each kind also says where a click at a place leads.

// Told apart also by those who see red and green alike.
const COLOURS = ["#0b62c4", "#d9480f", "#2b8a3e", "#7048e8", "#c2255c", "#0c8599", "#a27400", "#5f6773"];
const GREY = "#5f6773";
const LINE = "#dce1e7";
const SHADES = ["#e7f1fb", "#8fbdeb", "#2f7fd0", "#0a3f80"];
const NARROW = 560;
// A map whose fullest cell holds one act is not a hot one.
const LEAST_FULL = 5;
const SYMBOLS = { person: "circle", stage: "diamond", task: "triangle" };

const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const shown = (value) => (value === null || value === undefined ? "–" : number.format(value));

const tooltip = (more) => ({
  // As a drawing: boxes of the page would bring styles along that the content policy forbids.
  renderMode: "richText",
  confine: true,
  textStyle: { fontSize: 13, lineHeight: 19 },
  ...more,
});
const legend = { type: "scroll", bottom: 0, itemWidth: 18, textStyle: { fontSize: 12 } };
const grid = (width, more) => ({ left: 8, right: width < NARROW ? 12 : 24, top: 24, bottom: 40, containLabel: true, ...more });
const category = (data, more) => ({
  type: "category", data, axisTick: { show: false }, axisLine: { lineStyle: { color: LINE } },
  axisLabel: { color: GREY, fontSize: 12, hideOverlap: true }, ...more,
});
const scale = (name) => ({
  type: "value", name, nameTextStyle: { color: GREY, align: "left" }, nameGap: 10, splitLine: { lineStyle: { color: LINE } },
  axisLabel: { color: GREY, fontSize: 12, formatter: shown },
});
const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

// Lines over days, levels across them, and marks at some of the days.
export function lines({ x, titles, series, levels = [], marks = [], hrefs = [], unit }, width) {
  const told = Map.groupBy(marks, (mark) => mark.at);
  const option = {
    color: COLOURS,
    grid: grid(width),
    legend: { ...legend, data: [...series.map((one) => one.name), ...new Set(marks.map((mark) => mark.name))] },
    tooltip: tooltip({ trigger: "axis", formatter: ([{ dataIndex: at }]) => [
      titles[at],
      ...series.map((one) => `${one.name}: ${shown(one.values[at])}`),
      ...(told.get(at) ?? []).map((mark) => mark.text),
    ].join("\n") }),
    xAxis: category(x, { boundaryGap: false }),
    yAxis: scale(unit),
    series: [
      ...series.map((one, index) => ({
        type: "line", name: one.name, data: one.values, showSymbol: false,
        lineStyle: { width: index ? 1.5 : 2.5, type: one.dashed ? "dashed" : "solid" },
        areaStyle: index ? undefined : { opacity: 0.08 },
        markLine: index ? undefined : levelLines(levels),
      })),
      ...[...Map.groupBy(marks, (mark) => mark.name)].map(([name, ones]) => ({
        type: "scatter", name, symbol: SYMBOLS[ones[0].sort] ?? "pin", symbolSize: 11, z: 5,
        data: ones.map((mark) => [mark.at, series[0].values[mark.at]]),
      })),
    ],
  };
  const leads = (chart, event) => {
    const [at] = chart.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
    return chart.containPixel("grid", [event.offsetX, event.offsetY]) ? hrefs[Math.round(at)] : undefined;
  };
  return { option, leads };
}

const levelLines = (levels) => ({
  symbol: "none",
  silent: true,
  lineStyle: { color: "#b3261e", type: [6, 4] },
  label: { position: "insideStartTop", color: "#b3261e", fontSize: 12, formatter: ({ name, value }) => `${name} ${shown(value)}` },
  data: levels.map((level) => ({ name: level.name, yAxis: level.value })),
});

// Bars over weeks, one upon the other.
export function stack({ x, titles, series, hrefs = [], unit, whole }, width) {
  const option = {
    color: COLOURS,
    grid: grid(width),
    legend: { ...legend, data: series.map((one) => one.name) },
    tooltip: tooltip({ trigger: "axis", axisPointer: { type: "shadow" }, formatter: (all) => [
      titles[all[0].dataIndex],
      ...all.filter((one) => one.value).map((one) => `${one.seriesName}: ${shown(one.value)}`),
    ].join("\n") }),
    xAxis: category(x),
    yAxis: { ...scale(unit), minInterval: whole ? 1 : 0 },
    series: series.map((one, index) => ({ type: "bar", stack: "all", name: one.name, data: one.values, barMaxWidth: 44,
      itemStyle: { color: COLOURS[(one.shade ?? index) % COLOURS.length] } })),
  };
  const leads = (chart, { target, offsetX, offsetY }) => {
    const [at] = chart.convertFromPixel({ gridIndex: 0 }, [offsetX, offsetY]);
    return target && chart.containPixel("grid", [offsetX, offsetY]) ? hrefs[Math.round(at)] : undefined;
  };
  return { option, leads };
}

// A square for each pair; the fuller, the darker.
export function heat({ x, y, titles, cells, most }, width) {
  const narrow = width < NARROW;
  const rotated = narrow || (x.some((text) => text.length > 6) && x.length > 8);
  const full = Math.max(most, LEAST_FULL);
  const option = {
    grid: grid(width, { top: 8, bottom: 52 }),
    tooltip: tooltip({ position: "top", formatter: ({ data }) => `${y[data.value[1]]}\n${titles[data.value[0]]}\n${data.text}` }),
    xAxis: category(x, { axisLabel: { color: GREY, fontSize: 12, hideOverlap: true,
      rotate: rotated ? 40 : 0, formatter: (text) => cut(text, narrow ? 8 : 14) } }),
    yAxis: category(y, { inverse: true, axisLabel: { color: GREY, fontSize: 12, formatter: (text) => cut(text, narrow ? 8 : 20) } }),
    visualMap: { min: 0, max: full, calculable: false, orient: "horizontal", left: "center", bottom: 0,
      itemHeight: 90, itemWidth: 12, inRange: { color: SHADES }, textStyle: { color: GREY, fontSize: 12 },
      text: [shown(full), "0"] },
    series: [{
      type: "heatmap",
      data: cells.map(({ at, value, text, href }) => ({ value: [...at, value], text, href,
        label: { color: value > full * 0.45 ? "#fff" : "#1d273b" } })),
      label: { show: !narrow || x.length < 8, fontSize: 11, formatter: ({ value }) => shown(value[2]) },
      itemStyle: { borderColor: "#fff", borderWidth: 2, borderRadius: 3 },
    }],
  };
  const places = new Map(cells.map(({ at, href }) => [at.join(), href]));
  const leads = (chart, { offsetX, offsetY }) => {
    if (!chart.containPixel("grid", [offsetX, offsetY])) return undefined;
    return places.get(chart.convertFromPixel({ seriesIndex: 0 }, [offsetX, offsetY]).map(Math.round).join());
  };
  return { option, leads, height: 110 + y.length * 32 };
}
