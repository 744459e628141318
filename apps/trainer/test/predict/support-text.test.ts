import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/failure.ts';
import { outputNames } from '../../src/commands/predict/output-names.ts';
import { parseSupport, supportsByClass } from '../../src/commands/predict/support-text.ts';

describe('parseSupport', () => {
  test.each([
    ['a.jpg:a.png', undefined, 'a.jpg', 'a.png'],
    ['cat=a.jpg:a.png', 'cat', 'a.jpg', 'a.png'],
    ['/data/1.jpg:/data/1.png', undefined, '/data/1.jpg', '/data/1.png'],
    ['../d/1.jpg:../d/1.png', undefined, '../d/1.jpg', '../d/1.png'],
    ['C:\\d\\1.jpg:D:\\d\\1.png', undefined, 'C:\\d\\1.jpg', 'D:\\d\\1.png'],
    ['big cat=C:/1.jpg:C:/1.png', 'big cat', 'C:/1.jpg', 'C:/1.png'],
    ['C:\\1.jpg:1.png', undefined, 'C:\\1.jpg', '1.png'],
    ['12:30.jpg:mask.png', undefined, '12:30.jpg', 'mask.png'],
    ['runs/x=1/a.jpg:m.png', undefined, 'runs/x=1/a.jpg', 'm.png'],
    ['cat=x=1.jpg:m.png', 'cat', 'x=1.jpg', 'm.png'],
    ['cat=cut.png', 'cat', 'cut.png', undefined],
    ['cut.WEBP', undefined, 'cut.WEBP', undefined],
    ['C:\\cut.png', undefined, 'C:\\cut.png', undefined],
    ['1.jpg:1.json', undefined, '1.jpg', '1.json'],
    ['"a:b.jpg":"a:b.png"', undefined, 'a:b.jpg', 'a:b.png'],
    ['"a=b: c"="a:b.jpg":m.png', 'a=b: c', 'a:b.jpg', 'm.png'],
    ['cat=a.jpg:"a:b.png"', 'cat', 'a.jpg', 'a:b.png'],
  ])('%s', (text, className, image, mask) => {
    expect(parseSupport(text)).toEqual({ className, image, mask });
  });

  test.each(['a.jpg', 'a.jpg:', ':a.png', '=a.jpg:a.png', 'C:\\a.jpg', ''])('refuses %j', (text) => {
    expect(() => parseSupport(text)).toThrow(UsageError);
    expect(() => parseSupport(text)).toThrow('--support takes [CLASS=]IMAGE:MASK');
  });
});

describe('supportsByClass', () => {
  test('gathers the shots of each class, in the order of the first mention', () => {
    const classes = supportsByClass(['dog=1:2', 'cat=3:4', 'dog=5:6']);
    expect([...classes.keys()]).toEqual(['dog', 'cat']);
    expect(classes.get('dog')?.map(({ image }) => image)).toEqual(['1', '5']);
  });

  test('has one class when none is named', () => {
    expect([...supportsByClass(['1:2', '3:4']).keys()]).toEqual(['foreground']);
  });

  test('refuses a mixture, and more classes than indices', () => {
    expect(() => supportsByClass(['1:2', 'cat=3:4'])).toThrow('some --support have a CLASS= and others do not');
    expect(() => supportsByClass(Array.from({ length: 255 }, (_, i) => `c${i}=1:2`))).toThrow(
      '254 classes at most; got 255',
    );
  });
});

test('two queries of one name do not share results', () => {
  expect(outputNames(['a/1.jpg', 'b/1.jpg', 'b/1.PNG', 'b/2.jpg', 'c/1-2.jpg', 'C/A.jpg', 'c/a.png'])).toEqual([
    '1',
    '1-2',
    '1-3',
    '2',
    '1-2-2',
    'A',
    'a-2',
  ]);
});
