// JSON Pointers, as the frames that the library takes.

const names = pointer => pointer.split('/').slice(1)
  .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'));

// disclosureFrame is for claims of which those at pointers can be withheld, with
// a decoy in each object or array that they are in.
export const disclosureFrame = (claims, pointers) => {
  const frame = {};
  for(const pointer of pointers) {
    const path = names(pointer);
    const last = path.pop();
    let [at, value] = [frame, claims];
    for(const name of path) {
      at = at[name] ??= {};
      value = value[name];
    }
    at._sd_decoy = 1;
    (at._sd ??= []).push(Array.isArray(value) ? Number(last) : last);
  }
  return frame;
};

// presentationFrame is for what pointers show, and what that is within.
export const presentationFrame = pointers => {
  const frame = {};
  for(const pointer of [...pointers].sort().reverse()) {
    const path = names(pointer);
    const last = path.pop();
    const at = path.reduce((at, name) => at[name] ??= {}, frame);
    at[last] ??= true;
  }
  return frame;
};
