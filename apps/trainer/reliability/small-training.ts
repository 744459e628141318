/** Options of `hypercorr train` for three epochs of two steps, in a few seconds; without `--out`. */
export function smallTraining(data: string, backbone: string): readonly string[] {
  return [
    ...[
      '--benchmark',
      'folder',
      '--data',
      data,
      '--backbone',
      'tiny',
      '--backbone-weights',
      backbone,
      '--size',
      '32',
      '--threads',
      '1',
    ],
    ...['--batch', '1', '--episodes', '2', '--val-episodes', '1', '--epochs', '3', '--top-k', '2'],
  ];
}
