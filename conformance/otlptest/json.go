package otlptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MarshalJSON implements json.Marshaler. A float64 is written with a fraction or an
// exponent, so that UnmarshalJSON reads a float64. NaN and infinities are written as "NaN",
// "Infinity" or "-Infinity", and []byte as base64.
func (a Attributes) MarshalJSON() ([]byte, error) {
	if a == nil {
		return []byte("null"), nil
	}
	values := make(map[string]any, len(a))
	for key, value := range a {
		values[key] = jsonValue(value)
	}
	return json.Marshal(values)
}

// jsonValue converts a value of [Attributes] to a value that encoding/json can write.
func jsonValue(value any) any {
	switch v := value.(type) {
	case float64:
		return jsonFloat(v)
	case []float64:
		list := make([]any, len(v))
		for i := range v {
			list[i] = jsonFloat(v[i])
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = jsonValue(v[i])
		}
		return list
	default:
		return value
	}
}

// jsonFloat returns f with a decimal point or an exponent, so that it is read as a float
// again. NaN and infinity become strings.
func jsonFloat(f float64) any {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return json.RawMessage(text)
}

// UnmarshalJSON implements json.Unmarshaler. A number is an int64 unless it has a
// fraction or an exponent. The type of an array is chosen as described for [Attributes].
func (a *Attributes) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var values map[string]any
	if err := decoder.Decode(&values); err != nil {
		return fmt.Errorf("otlptest: decode attributes: %w", err)
	}
	if values == nil {
		*a = nil
		return nil
	}
	read, err := attributesFromJSON(values)
	*a = read
	return err
}

// attributesFromJSON converts a JSON object that encoding/json has read.
func attributesFromJSON(values map[string]any) (Attributes, error) {
	attributes := make(Attributes, len(values))
	for key, value := range values {
		read, err := valueFromJSON(value)
		if err != nil {
			return nil, fmt.Errorf("otlptest: attribute %q: %w", key, err)
		}
		attributes[key] = read
	}
	return attributes, nil
}

// valueFromJSON converts a value that encoding/json has read to a value of [Attributes].
func valueFromJSON(value any) (any, error) {
	switch v := value.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return v.Float64()
		}
		return v.Int64()
	case map[string]any:
		return attributesFromJSON(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = valueFromJSON(v[i]); err != nil {
				return nil, err
			}
		}
		return typedSlice(list), nil
	default:
		return value, nil
	}
}
