// An element of a picture as text.

/** Numbers are rounded to a hundredth of a pixel; content is text that is escaped already, or other elements. */
export function tag(name, attributes, content = "") {
  const words = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === "number" ? rounded(value) : value}"`,
  );
  return `<${name}${words.join("")}>${content}</${name}>`;
}

const rounded = (value) => Math.round(100 * value) / 100;
