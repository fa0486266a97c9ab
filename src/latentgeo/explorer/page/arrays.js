// Arrays out of the page's text: base64 of 16-bit floats over a scale, or of 32-bit floats.

/** Bytes of base64. */
function bytesOf(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The number that 16 bits stand for. */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** All numbers of an array as Python's `halved` or `packed` wrote it, in one row. */
export function numbers(part) {
  if (part.f32) return new Float32Array(bytesOf(part.f32).buffer);
  const halves = new Uint16Array(bytesOf(part.f16).buffer);
  const found = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) found[i] = part.scale * fromHalf(halves[i]);
  return found;
}
