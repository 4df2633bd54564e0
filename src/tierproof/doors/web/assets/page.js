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

// A picture of the table in dots, drawn by the browser from the one in lines.
const png = (link) => {
  link.hidden = false;
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const image = new Image();
    image.src = link.href;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * image.naturalWidth, 2 * image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      const taken = document.createElement("a");
      taken.href = URL.createObjectURL(blob);
      taken.download = link.download;
      taken.click();
      URL.revokeObjectURL(taken.href);
    });
  });
};

// Tables of an answer that took another's place can be sorted as well.
const settle = () => {
  sortable();
  for (const link of document.querySelectorAll("a[data-png][hidden]")) png(link);
};
document.addEventListener("htmx:after:swap", settle);

dress();
settle();
