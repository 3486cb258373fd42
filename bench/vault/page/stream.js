// Reading alone, as a stream.

export const seal = async (file) => file.stream();
export const open = seal;
