// The stream of what happens. The browser connects again by itself and says what it heard last; what is missed altogether is told as "behind".
// Each handler hears beside what is told whether the connection was lost until then, as it is at the first word.
const QUIET_MS = 40_000;  // the server says something every 15 s

export function listen(handlers, state) {
  let heard = Date.now();
  let source;
  let word = "";
  const say = (next) => {
    word = next;
    state(next);
  };
  const open = () => {
    source = new EventSource("/api/city/stream");
    const on = (kind, work) => source.addEventListener(kind, (event) => {
      const lost = word !== "back";
      heard = Date.now();
      say("back");
      work?.(JSON.parse(event.data), lost);
    });
    on("hello", handlers.hello);
    on("still");
    for (const kind of ["event", "case", "device", "value", "many", "behind", "look"]) on(kind, handlers[kind]);
    on("ended", () => {
      source.close();
      say("ended");
    });
    source.addEventListener("error", () => {
      say("lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 5_000);
    });
  };
  open();
  setInterval(() => {
    if (Date.now() - heard > QUIET_MS && source.readyState !== EventSource.CLOSED) {
      say("lost");
      source.close();
      heard = Date.now();
      open();
    }
  }, 5_000);
  addEventListener("offline", () => say("lost"));
  return { close: () => source.close() };
}
