// Draws what a page describes in data-chart: the kind of the drawing and its numbers, never code.
// The table beside each drawing says the same; this file is only fetched where there is something to draw.
import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { getInstanceByDom, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { heat, lines, stack } from "./kinds.js";

use([BarChart, GridComponent, HeatmapChart, LegendComponent, LineChart, MarkLineComponent, ScatterChart, SVGRenderer,
  TooltipComponent, VisualMapComponent]);

const KINDS = { heat, lines, stack };
// A sheet of A4 between its margins.
const PAPER = 680;
const drawn = new Set();

export function drawAll(root) {
  for (const place of root.querySelectorAll("[data-chart]")) draw(place);
}

function draw(place) {
  if (getInstanceByDom(place)) return;
  const wanted = JSON.parse(place.dataset.chart);
  // Without scripts it stays away, and the table says it all; the width is known from here on.
  place.hidden = false;
  const { height, leads, option } = KINDS[wanted.kind](wanted, place.clientWidth);
  if (height) place.style.height = `${height}px`;
  const chart = init(place, null, { renderer: "svg" });
  chart.setOption({ ...option, animation: false, textStyle: { fontFamily: getComputedStyle(place).fontFamily } });
  chart.getZr().on("click", (event) => follow(leads(chart, event)));
  drawn.add(chart);
  new ResizeObserver(() => fit(chart, place.clientWidth)).observe(place);
}

function fit(chart, width) {
  if (chart.isDisposed() || !chart.getDom().isConnected) {
    drawn.delete(chart);
    return;
  }
  if (width) chart.resize({ width });
}

function follow(address) {
  if (address) location.assign(address);
}

window.addEventListener("beforeprint", () => drawn.forEach((chart) => fit(chart, PAPER)));
window.addEventListener("afterprint", () => drawn.forEach((chart) => fit(chart, chart.getDom().clientWidth)));
