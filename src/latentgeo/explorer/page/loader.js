// Makes modules of the texts in this page, for itself and for its worker: a file that was opened from a disk cannot
// import another. Each text gets an address, which stands in for its name wherever it is imported. Browsers let such a
// page import a blob, and a worker of it only what its address holds whole.
{
  const texts = new Map([...document.querySelectorAll("script.module")].map((one) => [one.dataset.name, one.text]));
  const kinds = {
    blob: (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" })),
    data: (text) => `data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`,
  };
  const known = new Map();
  const addressOf = (name, kind) => {
    const key = `${kind} ${name}`;
    if (!known.has(key)) {
      const text = texts.get(name).replace(/from "\.\/([\w.-]+)"/g, (_, other) => `from "${addressOf(other, kind)}"`);
      known.set(key, kinds[kind](`${text}\n//# sourceURL=explorer/${name}`));
    }
    return known.get(key);
  };
  window.workerAddress = () => addressOf("worker.js", "data");
  import(addressOf("main.js", "blob"));
}
