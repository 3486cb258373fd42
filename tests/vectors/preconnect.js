// element once firefox webkit
const link = document.createElement('link');
link.rel = 'preconnect';
link.href = at('').replace('http:', 'https:');
document.head.append(link);
