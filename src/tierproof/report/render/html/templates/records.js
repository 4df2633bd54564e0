// Records are packed: as markup they would be four fifths of the page.  They are unpacked where a reader opens them.
const packed = document.getElementById("packed-records");
const heads = packed ? packed.dataset.heads.split("|") : [];
let unpacked;
const unpack = async () => {
  const bytes = Uint8Array.from(atob(packed.textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};
const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const laidOut = ([label, title, address, weight, rows]) => {
  const head = document.createElement("h5");
  head.append(/^https?:/.test(address) ? element("a", label, { href: address, rel: "noopener" }) : label, " ");
  head.append(element("span", `${title} · ${weight}`));
  const table = element("table", "", { class: "data records" });
  const names = table.createTHead().insertRow();
  for (const name of heads) names.append(element("th", name, { scope: "col" }));
  const body = table.createTBody();
  for (const row of rows) body.insertRow().append(...row.map((text, place) => element("td", text, place ? {} : { class: "id" })));
  const scroll = element("div", "", { class: "scroll" });
  scroll.append(table);
  return [head, scroll];
};
for (const box of packed ? document.querySelectorAll("details.records") : []) {
  const list = async () => {
    const groups = (await (unpacked ??= unpack()))[box.dataset.of];
    box.querySelector("p").replaceWith(...groups.flatMap(laidOut));
  };
  if (box.open) list();
  else box.addEventListener("toggle", list, { once: true });
}
