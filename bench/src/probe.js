// Runs before anything else in every measured page, the same in all of them but for FIND,
// which answers the banner's box once there is one, and ACCEPT, which answers its button.
(() => {
  const find = FIND;
  let painted;
  let ran;
  const probe = (window.probe = {
    find,
    accept: ACCEPT,
    paints: new Promise((done) => (painted = done)),
    runs: new Promise((done) => (ran = done)),
  });

  // On screen: with a size, inside the window, and not see-through in whole, whatever it
  // fades in with.
  const visible = (element) => {
    const { width, height, top, bottom, left, right } = element.getBoundingClientRect();
    const inside = width && height && top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
    return inside && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };

  // What is visible when a frame begins is in its picture; the message arrives behind it.
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = () => {
    probe.painted = performance.now();
    performance.mark('banner-painted');
    painted();
  };
  const frame = () => {
    const element = find();
    if (element && visible(element)) port1.postMessage(0);
    else requestAnimationFrame(frame);
  };
  const observer = new MutationObserver(() => {
    if (!find()) return;
    observer.disconnect();
    probe.inserted = performance.now();
    requestAnimationFrame(frame);
  });
  observer.observe(document, { childList: true, subtree: true });

  // Long tasks, as far as they lie before the banner.
  const tasks = [];
  const long = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  long.observe({ type: 'longtask' });
  probe.blocking = () =>
    tasks
      .concat(long.takeRecords())
      .map((it) => Math.min(it.startTime + it.duration, probe.painted) - it.startTime - 50)
      .reduce((all, it) => all + Math.max(it, 0), 0);

  addEventListener('click', (event) => (probe.click = event.timeStamp), { capture: true });
  probe.held = () => {
    probe.ran = performance.now();
    ran();
  };

  // Where to click, once the page has loaded and the banner stands still.
  probe.settled = async () => {
    if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done));
    const next = () => new Promise((done) => requestAnimationFrame(done));
    let last = '';
    for (let still = 0; still < 3; ) {
      await next();
      const { x, y, width, height } = probe.accept().getBoundingClientRect();
      const here = [x, y, width, height].join();
      const moving = document.getAnimations().concat(find().getAnimations({ subtree: true }));
      still = here === last && moving.every((it) => it.playState !== 'running') ? still + 1 : 0;
      last = here;
      probe.at = { x: x + width / 2, y: y + height / 2 };
    }
    return probe.at;
  };

  // What was asked for until now, for the timeline.
  probe.requests = () =>
    performance
      .getEntriesByType('navigation')
      .concat(performance.getEntriesByType('resource'))
      .filter((it) => it.startTime < probe.painted)
      .map((it) => ({
        name: new URL(it.name).pathname,
        start: it.startTime,
        sent: it.requestStart,
        answer: it.responseStart,
        end: it.responseEnd,
        bytes: it.encodedBodySize,
      }));
})();
