import uPlot from '/assets/uplot.js';
import { roughly } from './format.js';

// <line-chart>: curves over the seconds of a batch, or over months. Colours are those of the theme.

const resolve = (element, name) => {
  element.style.color = `var(--${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
};

class LineChart extends HTMLElement {
  #chart;
  #data;
  #options;
  #names = '';
  #observer = new ResizeObserver(() => this.#chart?.setSize(this.#size()));
  #redraw = () => this.#build();

  /** { series: [{ label, color, dash, fill, isFar: not to be fitted in }], value: text of a number, x: text of a place, from: lowest end of the scale, steps: between places that are named } */
  set options(options) {
    this.#options = options;
  }

  /** [places, values of a series, …]; null where there is none. */
  set data(data) {
    this.#data = data;
    if (!this.isConnected) return;
    const names = JSON.stringify(this.#options.series);
    if (this.#chart === undefined || names !== this.#names) this.#build();
    else this.#chart.setData(data);
  }

  connectedCallback() {
    this.#build();
    this.#observer.observe(this);
    addEventListener('theme', this.#redraw);
    this.#scheme = matchMedia('(prefers-color-scheme: dark)');
    this.#scheme.addEventListener('change', this.#redraw);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    removeEventListener('theme', this.#redraw);
    this.#scheme?.removeEventListener('change', this.#redraw);
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  #scheme;

  #size() {
    // the legend below has room for as many lines as it may need, so that nothing moves
    const legend = this.clientWidth < 400 ? 72 : this.clientWidth < 640 ? 48 : 26;
    return { width: Math.max(200, this.clientWidth), height: Math.max(80, this.clientHeight - legend) };
  }

  #build() {
    this.#chart?.destroy();
    this.#chart = undefined;
    if (this.#options === undefined || this.#data === undefined) return;
    const { series, value, x = roughly, from = 0, steps } = this.#options;
    this.#names = JSON.stringify(series);
    const axis = {
      stroke: resolve(this, 'muted'), grid: { stroke: resolve(this, 'line'), width: 1 }, ticks: { show: false },
      font: `12px ${getComputedStyle(this).fontFamily}`,
    };
    this.#chart = new uPlot({
      ...this.#size(),
      scales: { x: { time: false }, y: { range: (_, least, most) => [Math.min(from, least ?? 0), most === null || most <= 0 ? 100 : most * 1.08] } },
      axes: [
        { ...axis, size: 30, space: 80, values: (_, places) => places.map((place) => x(place)), ...(steps && { incrs: steps }) },
        { ...axis, size: (_, labels) => Math.max(64, 18 + 7 * Math.max(...(labels ?? []).map((label) => label.length))), values: (_, values) => values.map((each) => value(each)) },
      ],
      series: [
        { label: 'at', value: (_, place) => (place === null ? '–' : x(place)) },
        ...series.map(({ label, color, dash, fill, isFar = false }) => ({
          label, auto: !isFar, stroke: resolve(this, color), width: 2, points: { show: false }, spanGaps: true, ...(dash && { dash: [5, 5], width: 1.5 }),
          ...(fill && { fill: resolve(this, fill) }), value: (_, each) => (each === null || each === undefined ? '–' : value(each)),
        })),
      ],
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { live: true, markers: { dash: (_, index) => (series[index - 1]?.dash ? 'dashed' : 'solid') } },
    }, this.#data, this);
  }
}

customElements.define('line-chart', LineChart);

/** Curves with places of their own as one table for a chart; values between are left to the line. */
export const join = (...curves) => uPlot.join(curves.map(([places, ...values]) => [places, ...values]));
