// call firefox
const link = document.createElement('a');
link.href = '#pinged';
link.ping = at('ping');
document.body.append(link);
link.click();
link.remove();
