// What a page that changes much does: 10,000 insertions of every common kind, and 1,000 requests.
window.work = async () => {
  const root = document.getElementById('root');
  const start = performance.now();
  for (let at = 0; at < 10000; at++) {
    const row = document.createElement('div');
    row.className = 'row';
    row.setAttribute('data-at', at);
    const name = document.createElement('span');
    name.textContent = 'item ' + at;
    row.appendChild(name);
    if (at % 10 === 0) {
      const link = document.createElement('a');
      link.href = '/page/' + at;
      link.textContent = 'more';
      row.append(link);
      const image = document.createElement('img');
      image.setAttribute('src', '/picture.svg?' + (at % 5));
      row.appendChild(image);
    }
    if (at % 50 === 0) {
      const text = document.createElement('p');
      text.innerHTML = '<b>bold</b> text <i>' + at + '</i>';
      row.append(text);
    }
    root.insertBefore(row, at % 2 ? root.firstChild : null);
  }
  root.offsetHeight;
  const middle = performance.now();
  for (let at = 0; at < 1000; at += 20) {
    await Promise.all(Array.from({ length: 20 }, () => fetch('/tiny.txt').then((answer) => answer.text())));
  }
  return [middle - start, performance.now() - middle];
};
