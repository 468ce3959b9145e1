import { Encoded, encode, Tagged } from '@surrealdb/cbor';
import { CborCodec, type CodecOptions } from 'surrealdb';
import { ExactDate } from '../values/exact-date.ts';
import { decodeCbor } from './decode-cbor.ts';

const TAG_DATETIME = 12;

/**
 * The SDK's codec (2.0.8), with all floats, with all digits of a Date, and without the values that its decoder loses
 * (decode-cbor.ts). The SDK writes every number without a fraction as an integer, so -0 becomes 0, and 1e300 fails together
 * with everything that is sent with it.
 */
export class LinkCodec extends CborCodec {
  /** The SDK contains its own copy of the class `Tagged`. */
  readonly #SdkTagged: typeof Tagged;

  constructor(options: CodecOptions) {
    super(options);
    this.#SdkTagged = Object(this.replacer(undefined)).constructor;
    if (options.useNativeDates) this.tagged = { ...this.tagged, [TAG_DATETIME]: exactDateOf };
  }

  override encode<Data>(data: Data): Uint8Array {
    return encode(data, { replacer: (value) => this.#replace(value) });
  }

  override decode<Data>(data: Uint8Array): Data {
    return decodeCbor(data, this.tagged) as Data;
  }

  #replace(value: unknown): unknown {
    if (typeof value === 'number') return isIntegralFloat(value) ? new Encoded(encodedFloat(value)) : value;
    const replaced: unknown = this.replacer(value instanceof ExactDate ? value.toDateTime() : value);
    return replaced instanceof this.#SdkTagged ? new Tagged(replaced.tag, replaced.value) : replaced;
  }
}

function exactDateOf(compact: unknown): ExactDate {
  const [seconds = 0, nanoseconds = 0] = compact as (number | bigint)[];
  return new ExactDate(BigInt(seconds), BigInt(nanoseconds));
}

/** Whether a number without a fraction is no integer: -0, or beyond the integers that JavaScript tells apart. */
function isIntegralFloat(value: number): boolean {
  return Number.isInteger(value) && (!Number.isSafeInteger(value) || Object.is(value, -0));
}

/** A float of 64 bits in CBOR. */
function encodedFloat(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xfb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}
