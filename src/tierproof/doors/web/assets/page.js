// Sliders beside their fields, and what is still to be done where an answer took another's place.  Without it the page
// works through its fields and buttons.

const place = (slider, value) => {
  const [low, high] = [Number(slider.dataset.low), Number(slider.dataset.high)];
  const share = "even" in slider.dataset ? (value - low) / (high - low) : Math.log(value / low) / Math.log(high / low);
  return Math.round(200 * Math.min(Math.max(Number.isFinite(share) ? share : 0, 0), 1));
};

const value = (slider) => {
  const [low, high, share] = [Number(slider.dataset.low), Number(slider.dataset.high), slider.value / 200];
  if ("even" in slider.dataset) return Number((low + share * (high - low)).toFixed(2));
  return Number((low * (high / low) ** share).toPrecision(2));
};

const told = (slider) => slider.setAttribute("aria-valuetext", document.getElementById(slider.dataset.of).value);

const dress = () => {
  for (const slider of document.querySelectorAll("input[type=range][data-of]")) {
    const field = document.getElementById(slider.dataset.of);
    slider.hidden = false;
    slider.value = place(slider, Number(field.value));
    told(slider);
    slider.addEventListener("input", () => {
      field.value = value(slider);
      told(slider);
    });
    field.addEventListener("input", () => {
      slider.value = place(slider, Number(field.value));
      told(slider);
    });
  }
};

// Tables of an answer that took another's place can be sorted as well.
document.addEventListener("htmx:after:swap", () => sortable());

dress();
