package otlptest_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestAttributesSurviveJSON(t *testing.T) {
	want := otlptest.Attributes{
		"string": "a<b", "bool": true, "int": int64(math.MaxInt64), "whole": 4.0, "float": 0.1, "large": 1e300, "none": nil,
		"strings": []string{"a", "b"}, "ints": []int64{1, 2}, "floats": []float64{1, 2.5}, "bools": []bool{true},
		"mixed": []any{"a", int64(1), 2.0, nil}, "empty": []any{}, "map": otlptest.Attributes{"inner": otlptest.Attributes{"n": int64(1)}},
	}
	written, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got otlptest.Attributes
	if err := json.Unmarshal(written, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v of %s, want %#v", got, written, want)
	}
}

// TestSpecialValuesAreWrittenAsJSONStrings checks that values that JSON cannot represent,
// such as NaN, are written as strings.
func TestSpecialValuesAreWrittenAsJSONStrings(t *testing.T) {
	written, err := json.Marshal(otlptest.Attributes{
		"nan": math.NaN(), "inf": math.Inf(1), "list": []float64{math.Inf(-1), 1}, "mixed": []any{math.NaN(), "a"}, "bytes": []byte{1, 2},
		"map": otlptest.Attributes{"nan": math.NaN()},
	})
	const want = `{"bytes":"AQI=","inf":"Infinity","list":["-Infinity",1.0],"map":{"nan":"NaN"},"mixed":["NaN","a"],"nan":"NaN"}`
	if err != nil || string(written) != want {
		t.Errorf("got %s %v, want %s", written, err, want)
	}
}

func TestInvalidJSONAttributesAreErrors(t *testing.T) {
	for _, text := range []string{`[]`, `{"a":99999999999999999999}`, `{"a":[1e999]}`} {
		var got otlptest.Attributes
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("got %v of %s, want an error", got, text)
		}
	}
	var none otlptest.Attributes
	if err := json.Unmarshal([]byte("null"), &none); err != nil || none != nil {
		t.Errorf("got %v %v of null, want nil", none, err)
	}
}
