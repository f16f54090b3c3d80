/** Draws a hundred thousand lines beside the page, which stays free meanwhile. */

import { drawLines, type Lines } from "./lines";

export interface Order extends Omit<Lines, "places"> {
  id: number;
  /** Left out when they are those of the order before. */
  places?: Float32Array[];
}

export interface Drawn {
  id: number;
  width: number;
  height: number;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

let places: Float32Array[] = [];

self.onmessage = (event: MessageEvent<Order>) => {
  const order = event.data;
  places = order.places ?? places;
  const pixels = new Uint8ClampedArray(order.width * order.height * 4);
  drawLines({ data: pixels }, { ...order, places });
  const drawn: Drawn = { id: order.id, width: order.width, height: order.height, pixels };
  self.postMessage(drawn, { transfer: [pixels.buffer] });
};
