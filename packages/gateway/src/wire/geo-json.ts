import type { Geometry } from 'surrealdb';

/** How deeply the coordinates of each type are nested: a point is a pair, a line a list of pairs, and so on. */
const DEPTHS: Readonly<Record<string, number>> = {
  Point: 0,
  LineString: 1,
  Polygon: 2,
  MultiPoint: 1,
  MultiLineString: 2,
  MultiPolygon: 3,
};

/** Checks the form, because the SDK accepts anything, but the database and pages that draw the geometry do not. */
export function isGeoJson(json: unknown): json is Parameters<typeof Geometry.fromJSON>[0] {
  if (typeof json !== 'object' || json === null || !('type' in json)) return false;
  if (json.type === 'GeometryCollection') {
    return 'geometries' in json && Array.isArray(json.geometries) && json.geometries.every(isGeoJson);
  }
  if (typeof json.type !== 'string' || !Object.hasOwn(DEPTHS, json.type) || !('coordinates' in json)) return false;
  return isNested(json.coordinates, DEPTHS[json.type] ?? 0);
}

function isNested(list: unknown, depth: number): boolean {
  if (!Array.isArray(list)) return false;
  if (depth > 0) return list.every((item) => isNested(item, depth - 1));
  return list.length === 2 && list.every((number) => typeof number === 'number');
}
