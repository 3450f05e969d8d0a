// Making elements. Text is always text: nothing here parses HTML, so nothing that a node answers can become markup.

const svg_namespace = 'http://www.w3.org/2000/svg';

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** h('a', {href: '#/', class: 'x', onclick: f, vars: {'--part': '40%'}}, 'text', child, …) */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'vars') {
      for (const [variable, setting] of Object.entries(value)) element.style.setProperty(variable, setting);
    } else if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  append(element, children);
  return element;
}

/** The same for SVG. */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(svg_namespace, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, String(value));
  append(element, children);
  return element;
}

/** Puts these children in the place of all that are there. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Writes a text only where it changed, so that screen readers are not told twice. */
export function set_text(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
