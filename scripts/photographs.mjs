const folder = 'examples/photographs';

/** What `npm start` asks of `hypercorr`: windmills and fish in photographs, by one marked photograph of each. */
export const photographs = [
  ...['predict', '--query', `${folder}/queries`, '--out', 'runs/photographs', '--overlay', '--sheet'],
  ...['windmill', 'fish'].flatMap((name) => ['--support', `${name}=${folder}/${name}/1.webp:${folder}/${name}/1.png`]),
];
