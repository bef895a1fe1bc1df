package conformance_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/otlptest"
)

func TestReportJSONRoundTrip(t *testing.T) {
	started := time.Date(2026, 11, 29, 10, 0, 0, 123456789, time.UTC)
	want := conformance.Report{
		Subject: conformance.SubjectInfo{
			Name: "orders", Framework: "Gin", FrameworkVersion: "v1.12.0", Instrumentation: "ginotel", InstrumentationVersion: "0.1.0",
		},
		Started: started, Duration: conformance.Duration(1500 * time.Millisecond),
		Results: []conformance.Result{
			{Check: conformance.Checks()[0], Outcome: conformance.Pass, Duration: conformance.Duration(2 * time.Microsecond)},
			{
				Check: conformance.Checks()[1], Outcome: conformance.KnownFailure, Reason: "later",
				Problems: []conformance.Problem{{What: "a", Got: "b", Want: "c"}},
				Evidence: conformance.Evidence{
					Exchanges: []conformance.Exchange{{
						Request:  conformance.Request{Method: "POST", Target: "/echo", Host: "h", Header: []string{"A: b"}, Body: "{}", Chunked: true},
						Response: conformance.Response{Status: 200, Header: http.Header{"A": {"b", "c"}}, Body: "{}", Lost: "closed"},
						TraceID:  strings.Repeat("a", 32), SpanID: strings.Repeat("b", 16),
					}},
					Spans: []conformance.SpanInfo{{
						TraceID: strings.Repeat("a", 32), SpanID: strings.Repeat("c", 16), ParentID: strings.Repeat("b", 16),
						Name: "GET /", Kind: "SERVER", Status: "UNSET", Start: started, End: started.Add(time.Second),
						Attributes: otlptest.Attributes{"code": int64(200), "size": 2.0, "list": []string{"a"}},
						Events:     []string{"exception"}, Scope: "scope 1", Links: []string{"a-b"},
					}},
				},
			},
		},
	}
	written, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got conformance.Report
	if err := json.Unmarshal(written, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOlderReportGetsCurrentLevels(t *testing.T) {
	var got conformance.Report
	err := json.Unmarshal([]byte(`{"subject":{"name":"old"},"results":[
		{"check":{"id":"parent/remote","rule":"r","source":"s"},"outcome":"pass"},
		{"check":{"id":"parent/gone","rule":"r","source":"s"},"outcome":"fail"}]}`), &got)
	if err != nil || got.Results[0].Check.Level != conformance.Requirement || got.Results[1].Check.Level != "" {
		t.Errorf("got %+v %v, want the level of the check that there still is", got, err)
	}
}

func TestInvalidReportsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		`[]`: "cannot unmarshal array",
		`{}`: "the subject has no name",
		`{"subject":{"name":"a"},"results":[{"check":{"id":"x/y"},"outcome":"perhaps"}]}`: `unknown outcome "perhaps"`,
		`{"subject":{"name":"a"},"duration_ms":"long"}`:                                   "cannot unmarshal string",
	} {
		var got conformance.Report
		if err := json.Unmarshal([]byte(text), &got); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", text, err, want)
		}
	}
}
