// Words come with the data; names between braces stand for values that are only known here.
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
