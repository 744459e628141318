import { className, jsonText, scoreOf, type FormatSettings, type ResultFormat } from './format.ts';

/** `NAME.polygons.json`: the objects of a query with their boxes, areas, and outlines with holes, in pixels. */
export function polygonsFormat(settings: FormatSettings): ResultFormat {
  return {
    query(result) {
      const { width, height } = result.found;
      const objects = result.objects.map((object) => {
        const { left, top, width: across, height: down } = object.box;
        return {
          class: className(settings, object),
          score: scoreOf(result, object),
          area: object.area,
          box: [left, top, across, down],
          outer: object.outline.outer,
          holes: object.outline.holes,
        };
      });
      const content = jsonText({ file: result.file, width, height, objects });
      return [{ name: `${result.name}.polygons.json`, content }];
    },
  };
}
