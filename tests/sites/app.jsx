// An application of one page: made on the server, taken over in the browser, with routes; with a
// vendor's pixel and embed in one of them.

import { StrictMode, useEffect, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server.browser';
import { BrowserRouter, Link, Route, Routes, StaticRouter } from 'react-router';

const Home = () => {
  const [count, setCount] = useState(0);
  return (
    <section>
      <h2>Home</h2>
      <button id="count" onClick={() => setCount(count + 1)}>{count}</button>
      <img id="own" src="/own.svg" alt="" />
      <p id="styled" style={{ backgroundImage: 'url(/own.svg?style)', color: 'rgb(1, 2, 3)' }}>text</p>
    </section>
  );
};

const Media = () => {
  const [data, setData] = useState('…');
  useEffect(() => {
    fetch('/data.json').then((answer) => answer.json()).then(({ text }) => setData(text));
  }, []);
  return (
    <section>
      <h2>Media</h2>
      <p id="data">{data}</p>
      <img id="pixel" src="http://pixel.vendor.example/p.svg" alt="" />
      <iframe id="embed" title="embed" src="http://embed.vendor.example/frame" width="300" height="80" />
      <div id="markup" dangerouslySetInnerHTML={{ __html: '<img src="http://markup.vendor.example/p.svg" alt=""><b>bold</b>' }} />
    </section>
  );
};

const App = () => (
  <StrictMode>
    <nav><Link id="home" to="/">Home</Link> <Link id="media" to="/media">Media</Link></nav>
    <Routes>
      <Route path="/" element={<Home />} />
      <Route path="/media" element={<Media />} />
    </Routes>
  </StrictMode>
);

window.faults = [];
const told = (error) => faults.push('' + error);
const root = document.getElementById('root');
root.innerHTML = renderToString(<StaticRouter location={location.pathname}><App /></StaticRouter>);
hydrateRoot(root, <BrowserRouter><App /></BrowserRouter>, { onRecoverableError: told, onUncaughtError: told, onCaughtError: told });
