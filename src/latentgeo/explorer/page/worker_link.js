// Questions to the worker, and channels of which only the last question counts.

const worker = new Worker(window.workerAddress(), { type: "module" });
const waiting = new Map();
let asked = 0;

worker.onmessage = ({ data: { id, answer, error } }) => {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) resolve(answer);
  else reject(new Error(error));
};

worker.onerror = () => {
  for (const { reject } of waiting.values()) reject(new Error("this browser did not start the page's worker"));
  waiting.clear();
};

/** A promise of what the solver answers. */
export function ask(question, about) {
  const id = ++asked;
  const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  worker.postMessage({ id, ask: question, about });
  return answer;
}

/** Asks one question at a time; of those that come meanwhile, the last. */
export class Channel {
  constructor(question, then, fail) {
    Object.assign(this, { question, then, fail, busy: false, next: null });
  }

  async send(about) {
    this.next = about;
    if (this.busy) return;
    this.busy = true;
    while (this.next) {
      const now = this.next;
      this.next = null;
      try {
        this.then(await ask(this.question, now), now);
      } catch (error) {
        this.fail(error);
      }
    }
    this.busy = false;
  }
}
