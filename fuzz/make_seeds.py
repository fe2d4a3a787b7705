#!/usr/bin/env python3
"""Writes the seeds of the fuzzers to fuzz/corpus/NAME/: small inputs, one for each thing that a decoder decides on."""

import pathlib
import shutil

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


# Protobuf: the wire format of proto/adtally/v1/event.proto.

def varint(value, size=1):
    """`value` in at least `size` bytes."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < size:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def number(field, value, size=1):
    return varint(field << 3) + varint(value, size)


def text(field, value, size=1):
    return varint(field << 3 | 2) + varint(len(value), size) + value


def fixed64(field, value):
    return varint(field << 3 | 1) + value.to_bytes(8, "little")


def fixed32(field, value):
    return varint(field << 3 | 5) + value.to_bytes(4, "little")


REQUIRED = (text(1, b"e-1"), number(2, 1), number(3, 1_790_000_000_000), number(4, 1), number(5, 7), number(6, 70),
            number(7, 700))


def batch(*fields):
    return text(1, b"".join(fields))


def event(*fields):
    """A batch of one event: good, with `fields` behind the required ones."""
    return batch(*REQUIRED, *fields)


def protobuf_seeds():
    full = (number(8, 2), text(9, b"DE"), text(10, b"BE"), number(11, 250_001), text(13, b"order"), number(14, 5),
            text(15, b"user"), number(17, 1_789_999_000_000), number(18, 1))
    yield "good", event()
    yield "good_full", event(*full)
    yield "good_two_batches", event() + event(*full)
    yield "good_reverse_order", batch(*reversed(REQUIRED + full))
    yield "conversion_with_click_id", batch(text(1, b"c"), number(2, 3), number(3, 1_790_000_000_000), text(12, b"t"))
    yield "empty_event", batch()
    yield "user_hash", event(fixed64(16, 2**64 - 1))
    yield "user_hash_and_id", event(text(15, b"user"), fixed64(16, 5))
    yield "user_id_emptied", event(text(15, b"user"), text(15, b""), fixed64(16, 5))
    yield "field_twice", event(number(11, 1), number(11, 2), text(9, b"usa"), text(9, b"US"))
    yield "required_twice_last_is_zero", event(number(4, 0))
    for name, value in (("beyond_32_bits", 2**32 + 1), ("beyond_63_bits", 2**63), ("minus_one", 2**64 - 1)):
        for field in (2, 3, 4, 8, 11, 18):
            yield f"number_{field}_{name}", event(number(field, value))
    for value in (946_684_799_999, 946_684_800_000, 4_102_444_799_999, 4_102_444_800_000):
        yield f"time_{value}", event(number(3, value), number(17, value))
    for value in (10**12, 10**12 + 1):
        yield f"micros_{value}", event(number(11, value), number(14, value))
    for size in (0, 64, 65):
        yield f"texts_of_{size}", event(text(1, b"x" * size), text(13, b"y" * size))
    yield "event_id_control", event(text(1, b"a\x7fb"))
    yield "event_id_not_utf8", event(text(1, b"a\xffb"))
    yield "region_digits", event(text(10, b"A0Z"))
    yield "region_lower", event(text(10, b"ca"))
    yield "country_nul", event(text(9, b"\0\0"))
    yield "unknown_fields", number(2, 5) + event(text(100, b"x"), number(101, 7), fixed32(102, 7), fixed64(103, 7))
    yield "known_field_other_type", event(text(11, b"x"), number(1, 5), fixed32(9, 7), fixed64(3, 1)) + fixed32(1, 5)
    yield "group", event(varint(100 << 3 | 3), number(1, 1), varint(100 << 3 | 4)) + event()
    yield "group_around_events", varint(100 << 3 | 3) + event() + varint(100 << 3 | 4)
    yield "group_end_alone", event(varint(4 << 3 | 4)) + event()
    yield "wire_type_6", batch(varint(1 << 3 | 6)) + event()
    yield "field_0", batch(number(0, 1)) + event()
    yield "tag_beyond_32_bits", batch(varint(1 << 32 | 1 << 3) + b"\1") + event()
    yield "tag_padded", event(varint(11 << 3, 6) + varint(5))
    yield "tag_of_batch_padded", varint(1 << 3 | 2, 10) + varint(2) + number(2, 1)
    yield "length_padded", text(1, b"".join(REQUIRED), 10) + event(text(9, b"US", 6))
    yield "length_beyond_end", event() + varint(1 << 3 | 2) + varint(127) + b"\x0a"
    yield "length_beyond_event", batch(varint(1 << 3 | 2) + varint(9) + b"x") + event()
    yield "length_beyond_32_bits", varint(1 << 3 | 2) + varint(2**32) + event()
    yield "value_padded", event(number(11, 5, 10))
    yield "varint_of_11_bytes", event(varint(11 << 3) + b"\x80" * 10 + b"\1") + event()
    yield "varint_top_bits_lost", event(varint(11 << 3) + b"\x85" + b"\x80" * 8 + b"\x7e")
    yield "cut_in_tag", event() + b"\x8a"
    yield "cut_in_fixed64", batch(fixed64(16, 1)[:-1]) + event()


# JSON

def members(**changes):
    fields = {"event_id": '"e1"', "type": '"click"', "timestamp": "1790000000000", "advertiser_id": "1",
              "campaign_id": "7", "ad_group_id": "70", "creative_id": "700"}
    fields.update(changes)
    return {key: value for key, value in fields.items() if value is not None}


def json_event(separator=",", extra="", **changes):
    """A good event with fields of raw JSON replaced, added or (None) left out."""
    return "{" + separator.join(f'"{key}":{value}' for key, value in members(**changes).items()) + extra + "}"


FROM_CLICK = dict(type='"conversion"', click_id='"token"', advertiser_id=None, campaign_id=None, ad_group_id=None,
                  creative_id=None)


def json_seeds():
    good = json_event()
    full = json_event(type='"conversion"', timestamp='"2026-11-23T12:00:00.5+01:00"', device='"mobile"', country='"US"',
                      region='"CA"', cost_micros="250001", value_micros="1000000000000", order_id='"o"', click_id='"t"',
                      user_id='"u"', click_time="1790000000000", invalid_reason='"bot"')
    from_click = json_event(**FROM_CLICK)
    yield "good", good
    yield "good_full", full
    yield "from_click", from_click
    yield "from_click_one_id", json_event(**{**FROM_CLICK, "campaign_id": "7"})
    yield "from_click_empty", json_event(**{**FROM_CLICK, "click_id": '""'})
    yield "pretty", "\n" + json_event(separator=",\r\n  ") + "\n\n"
    yield "byte_order_mark", "\ufeff" + good
    yield "lines", f"{good}\r\n\r\n  \r\n{full}\n{from_click}"
    yield "lines_bad_between", f'garbage\n{good}\n{{"event_id":"x\n[\n{good}\n{good}{{}}\n{full}\n'
    yield "lines_after_array", f"[1]\n{good}\n[{good}]"
    yield "array", f"[{good},{full}]"
    yield "array_over_lines", f"[\n{good}\n,\n{full}\n]\n"
    yield "array_bad_between", f'[1,{good},{{"event_id":tru}},{full},{{"a":"]"}},{good},]'
    yield "array_unclosed", f"[{good},{full}"
    yield "array_element_unclosed", f'[{good},{{"a":1,{full},{good}]'
    yield "array_more_text", f"[{good}] x"
    yield "array_empty", "[]"
    yield "numbers_in_text", json_event(advertiser_id='"1"', campaign_id='"7"')
    for value in ("0", "-0", "-1", "007", "1.0", "1e3", "1E400", "4294967295", "4294967296", "9007199254740993",
                  "1000000000001", "18446744073709551616", "18446744073709551617", "00000000000000000001", "true",
                  "nul", "null", "[1]", '{"a":1}', "", "1 2"):
        name = {"": "none", "1 2": "1_2", "[1]": "array", '{"a":1}': "object"}.get(value, value)
        yield f"number_{name}", json_event(campaign_id=value) + "\n" + json_event(cost_micros=value)
    for value in ("2026-11-23T12:00:00Z", "2026-11-23t12:00:00.123456z", "2026-11-23 23:59:60+23:59",
                  "2024-02-29T00:00:00-00:00", "2023-02-29T00:00:00Z", "2000-01-01T00:00:00+00:01",
                  "2026-11-23T24:00:00Z", "2026-11-23T12:00:00.Z", "2026-11-23T12:00Z", "2026-11-23"):
        name = value.replace(":", "").replace(" ", "_")
        yield f"time_{name}", json_event(timestamp=f'"{value}"', click_time=f'"{value}"')
    for value in ("946684799999", "946684800000", "4102444799999", "4102444800000", "1790000000000.0", "0"):
        yield f"time_{value}", json_event(timestamp=value) + "\n" + json_event(click_time=value)
    yield "escapes", json_event(event_id=r'"\"\\\/\b\ud83d\ude00\u00e9é"', order_id=r'"\"\\\/\b\f\n\r\t\u0000\u0041"')
    yield "escaped_keys", json_event(**{r"\u0063ountry": '"US"', r"device\u0020": "1", "\\ud83d\\ude00": "1"})
    yield "escape_unknown", json_event(event_id=r'"\x"', unknown=r'"\x"')
    yield "surrogate_high_alone", json_event(event_id=r'"\ud800"', unknown=r'"\ud800"')
    yield "surrogate_low_alone", json_event(event_id=r'"\udc00"', unknown=r'"\udc00"')
    yield "surrogate_and_letter", json_event(order_id=r'"\ud800\u0041"')
    yield "duplicates", json_event(extra=',"country":"US","country":"DE","country":null')
    yield "duplicate_wrong_first", json_event(extra=',"country":"usa","country":"DE"')
    yield "nulls", json_event(device="null", country="null", cost_micros="null", order_id="null")
    yield "null_required", json_event(event_id="null")
    yield "unknown_values", json_event(extra=',"a":[1,{"b":[]}],"c":1e400,"d":"x","e":-0.5E-7,"f":true')
    yield "unknown_loose", json_event(extra=',"a":[tru,1 2,{}{}],"b":01')
    yield "unknown_brackets_crossed", json_event(extra=',"a":[}')
    yield "unknown_nothing", json_event(extra=',"a":')
    yield "deep", json_event(extra=',"a":' + "[" * 400 + "]" * 400)
    yield "comma_at_end", json_event(extra=",")
    yield "colon_missing", good.replace(":1,", " 1,")
    yield "more_text", good + " x"
    yield "two_objects", good + good
    yield "place_codes", "\n".join(json_event(country=c, region=r) for c, r in
                                   (('""', '""'), ('"us"', '"A0Z"'), ('"USA"', '"ca"'), ('"U\\u0000"', '"A\\u0000"')))
    for size in (64, 65):
        yield f"texts_of_{size}", json_event(event_id=f'"{"x" * size}"') + "\n" + json_event(order_id=f'"{"y" * size}"')
    yield "control_characters", json_event(event_id='"a\x7f"') + "\n" + json_event(order_id='"a\x01"')
    yield "nul_behind", good + "\0"
    yield "form_feed", json_event(separator=",\f")
    yield "utf8_long_form", json_event(order_id='"SPLIT"').encode().replace(b"SPLIT", b"\xc0\xaf")
    yield "utf8_surrogate_unknown", json_event(unknown='"SPLIT"').encode().replace(b"SPLIT", b"\xed\xa0\x80")


def main():
    for name, seeds in (("protobuf", protobuf_seeds()), ("json", json_seeds())):
        folder = CORPUS / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for seed, content in seeds:
            path = folder / seed
            assert not path.exists(), path
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main()
