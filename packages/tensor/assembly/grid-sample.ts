// Bilinear sampling of planes [H, W] at places of a grid, and its gradients.
//
// A coordinate g names the place s = slope · g + (L - 1) / 2 on an axis of L pixels. Pixel k has the weight
// max(0, 1 - |s - k|) there, so that only two have any; the first of two neighbours that are on the image and hold them is
// kept (0 if both lie outside, with weights of 0). What has no weight is read, being next to it, and masked: it may be NaN.

import { floatAt, pointerAt, sizeAt } from './params';
import { sumLanes } from './simd';

/** The place that a coordinate names, free of the border. NaN counts as -1; beyond ±5 both pixels lie outside. */
// @ts-ignore: decorator
@inline
function freePlace(coordinate: f32, size: i32, slope: f32): f64 {
  const g = coordinate == coordinate ? max(min(<f64>coordinate, 5), -5) : -1;
  return g * <f64>slope + <f64>(size - 1) * 0.5;
}

/** Where samples at it are taken. */
// @ts-ignore: decorator
@inline
function heldPlace(free: f64, size: i32, isBorder: bool): f64 {
  return isBorder ? max(min(free, <f64>(size - 1)), 0) : free;
}

/** The first of two neighbours, of which both are on the image unless it has only one. */
// @ts-ignore: decorator
@inline
function firstPixel(place: f64, size: i32): i32 {
  return max(min(<i32>floor(place), size - 2), 0);
}

// @ts-ignore: decorator
@inline
function weightOf(place: f64, pixel: i32, size: i32): f64 {
  return pixel < size ? max(1 - abs(place - <f64>pixel), 0) : 0;
}

/** ∂weight/∂s; where it jumps, that to the right. */
// @ts-ignore: decorator
@inline
function slopeOf(place: f64, pixel: i32, size: i32): f64 {
  const distance = <f64>pixel - floor(place);
  return pixel >= size ? 0 : distance == 0 ? -1 : distance == 1 ? 1 : 0;
}

/** Four products, over rows and columns. */
// @ts-ignore: decorator
@inline
function products(top: f64, bottom: f64, left: f64, right: f64): v128 {
  return f32x4(<f32>(top * left), <f32>(top * right), <f32>(bottom * left), <f32>(bottom * right));
}

/**
 * For each place the byte offsets in a plane of the left corners, above and below, and the weights of the four (above
 * left, above right, below left, below right). Units are places.
 * Parameters: grid, H, W, slopes along y and x, whether the border holds, table.
 */
export function grid_sample_corners(params: usize, begin: u32, end: u32, scratch: usize): void {
  const grid = pointerAt(params, 0), table = pointerAt(params, 6);
  const height = sizeAt(params, 1), width = sizeAt(params, 2);
  const isBorder = sizeAt(params, 5) != 0;
  for (let unit = begin; unit < end; unit++) {
    const at = grid + (<usize>unit << 3);
    const x = heldPlace(freePlace(load<f32>(at), width, floatAt(params, 4)), width, isBorder);
    const y = heldPlace(freePlace(load<f32>(at, 4), height, floatAt(params, 3)), height, isBorder);
    const column = firstPixel(x, width), row = firstPixel(y, height);
    const to = table + <usize>unit * 24;
    store<u32>(to, <u32>(row * width + column) << 2);
    store<u32>(to, <u32>(min(row + 1, height - 1) * width + column) << 2, 4);
    v128.store(
      to,
      products(weightOf(y, row, height), weightOf(y, row + 1, height), weightOf(x, column, width), weightOf(x, column + 1, width)),
      8,
    );
  }
}

/** The four corners of a place, each times its weight. */
// @ts-ignore: decorator
@inline
function weighted(plane: usize, place: usize): v128 {
  const weights = v128.load(place, 8);
  const corners = v128.load64_lane(plane + <usize>load<u32>(place, 4), v128.load64_zero(plane + <usize>load<u32>(place)), 1);
  return f32x4.mul(weights, v128.and(corners, f32x4.gt(weights, f32x4.splat(0))));
}

/** The upper and the lower half of both, added: two partial sums of a, two of b. */
// @ts-ignore: decorator
@inline
function halves(a: v128, b: v128): v128 {
  return f32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
}

/**
 * Parameters: x, table, out, channels, pixels of a plane, places of a grid. Units are elements of the output.
 */
export function grid_sample(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), table = pointerAt(params, 1), out = pointerAt(params, 2);
  const channels = <u32>sizeAt(params, 3), places = <u32>sizeAt(params, 5);
  const planeBytes = (<usize>sizeAt(params, 4)) << 2;
  for (let at = begin; at < end; ) {
    const image = at / places;
    const plane = x + <usize>image * planeBytes;
    const last = min(end, (image + 1) * places);
    let place = table + <usize>(image / channels * places + at % places) * 24;
    for (; at + 4 <= last; at += 4) {
      const low = halves(weighted(plane, place), weighted(plane, place + 24));
      const high = halves(weighted(plane, place + 48), weighted(plane, place + 72));
      const sums = f32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
      v128.store(out + (<usize>at << 2), sums);
      place += 96;
    }
    for (; at < last; at++) {
      store<f32>(out + (<usize>at << 2), sumLanes(weighted(plane, place)));
      place += 24;
    }
  }
}

/** Adds to a pixel; one without weight may lie behind the plane. */
// @ts-ignore: decorator
@inline
function addTo(pixel: usize, weight: f32, value: f32): void {
  if (weight != 0) store<f32>(pixel, load<f32>(pixel) + weight * value);
}

/**
 * Gives what arrived at each place to its corners, place after place. Units are planes.
 * Parameters: cotangent, table, out, channels, pixels of a plane, places of a grid.
 */
export function grid_sample_input_gradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const table = pointerAt(params, 1);
  const channels = <u32>sizeAt(params, 3), places = <u32>sizeAt(params, 5);
  const planeBytes = (<usize>sizeAt(params, 4)) << 2;
  for (let unit = begin; unit < end; unit++) {
    let cotangent = pointerAt(params, 0) + (<usize>unit * <usize>places << 2);
    const plane = pointerAt(params, 2) + <usize>unit * planeBytes;
    memory.fill(plane, 0, planeBytes);
    let place = table + <usize>(unit / channels * places) * 24;
    for (let i: u32 = 0; i < places; i++) {
      const value = load<f32>(cotangent);
      const above = plane + <usize>load<u32>(place), below = plane + <usize>load<u32>(place, 4);
      addTo(above, load<f32>(place, 8), value);
      addTo(above + 4, load<f32>(place, 12), value);
      addTo(below, load<f32>(place, 16), value);
      addTo(below + 4, load<f32>(place, 20), value);
      cotangent += 4;
      place += 24;
    }
  }
}

/**
 * Σ over the channels of cotangent · (∂weight/∂g of the corners · x). Units are places.
 * Parameters: grid, H, W, slopes along y and x, whether the border holds, cotangent, x, out, channels, places of a grid.
 */
export function grid_sample_grid_gradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const grid = pointerAt(params, 0), out = pointerAt(params, 8);
  const height = sizeAt(params, 1), width = sizeAt(params, 2);
  const slopeY = floatAt(params, 3), slopeX = floatAt(params, 4);
  const isBorder = sizeAt(params, 5) != 0;
  const channels = sizeAt(params, 9), places = <u32>sizeAt(params, 10);
  const planeBytes = (<usize>(height * width)) << 2, placeBytes = <usize>places << 2;
  for (let unit = begin; unit < end; unit++) {
    const at = grid + (<usize>unit << 3);
    const freeX = freePlace(load<f32>(at), width, slopeX), freeY = freePlace(load<f32>(at, 4), height, slopeY);
    const x = heldPlace(freeX, width, isBorder), y = heldPlace(freeY, height, isBorder);
    const column = firstPixel(x, width), row = firstPixel(y, height);
    const image = unit / places;
    let plane = pointerAt(params, 7) + <usize>image * <usize>channels * planeBytes;
    let cotangent = pointerAt(params, 6) + <usize>image * <usize>channels * placeBytes + (<usize>(unit % places) << 2);
    const above = (<usize>(row * width + column)) << 2, below = (<usize>(min(row + 1, height - 1) * width + column)) << 2;
    let sums = f32x4.splat(0);
    for (let c = 0; c < channels; c++) {
      const corners = v128.load64_lane(plane + below, v128.load64_zero(plane + above), 1);
      sums = f32x4.add(sums, f32x4.mul(v128.load32_splat(cotangent), corners));
      plane += planeBytes;
      cotangent += placeBytes;
    }
    const top = weightOf(y, row, height), bottom = weightOf(y, row + 1, height);
    const left = weightOf(x, column, width), right = weightOf(x, column + 1, width);
    const alongX = products(top, bottom, slopeOf(x, column, width), slopeOf(x, column + 1, width));
    const alongY = products(slopeOf(y, row, height), slopeOf(y, row + 1, height), left, right);
    const to = out + (<usize>unit << 3);
    store<f32>(to, isHeld(freeX, width, isBorder) ? 0 : slopeX * sumLanes(maskedProduct(alongX, sums)));
    store<f32>(to, isHeld(freeY, height, isBorder) ? 0 : slopeY * sumLanes(maskedProduct(alongY, sums)), 4);
  }
}

/** weight · value, and 0 without a weight even if the value is not finite. */
// @ts-ignore: decorator
@inline
function maskedProduct(weight: v128, value: v128): v128 {
  return v128.and(f32x4.mul(weight, value), f32x4.ne(weight, f32x4.splat(0)));
}

/** Whether the border holds the place, so that it does not move with its coordinate. */
// @ts-ignore: decorator
@inline
function isHeld(free: f64, size: i32, isBorder: bool): bool {
  return isBorder && (free <= 0 || free >= <f64>(size - 1));
}
