// What somebody pasted years ago and nobody told anyone of: a recorder of mouse movements. It is in
// no policy and carries no mark. Only strict mode stands between it and its vendor.

((address) => {
  window.heat = window.heat || ((...call) => (window.heat.calls = window.heat.calls || []).push(call));
  const script = document.createElement('script');
  script.src = `${address}/heat.js`;
  document.head.append(script);
  new Image().src = `${address}/seen.gif?page=${encodeURIComponent(location.pathname)}`;
  const moves = [];
  addEventListener('pointermove', ({ x, y }) => {
    if (moves.push([x, y]) % 100 === 0) navigator.sendBeacon(`${address}/moves`, JSON.stringify(moves.splice(0)));
  });
})(document.currentScript.dataset.to);
