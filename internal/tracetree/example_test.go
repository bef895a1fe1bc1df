package tracetree_test

import (
	"fmt"
	"os"
	"time"

	"github.com/samespan/samespan/internal/tracetree"
)

func ExampleWrite() {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	err := tracetree.Write(os.Stdout, []tracetree.Span{{
		TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "00f067aa0ba902b7",
		Name: "GET /process/{item_id}", Kind: tracetree.KindServer, Service: "stock",
		Start: start, End: start.Add(7900 * time.Microsecond),
		Attributes: []tracetree.Attribute{{Key: "http.response.status_code", Value: "200"}},
	}, {
		TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "53995c3f42cd8ad8", ParentID: "00f067aa0ba902b7",
		Name: "process_item_logic", Service: "stock",
		Start: start.Add(time.Millisecond), End: start.Add(2 * time.Millisecond),
		Attributes: []tracetree.Attribute{{Key: "item.id", Value: "12345"}},
	}})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// trace 4bf92f3577b34da6a3ce929d0e0e4736 · stock · 2 spans · 7.9 ms
	// GET /process/{item_id}  SERVER    7.9 ms  200
	// └─ process_item_logic   INTERNAL  1.0 ms       item.id=12345
}
