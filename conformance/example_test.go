package conformance_test

import (
	"context"
	"fmt"

	"github.com/samespan/samespan/conformance"
)

// This example checks a program in Python. A program in Go or in another language is
// checked in the same way.
func Example() {
	subject := conformance.Subject{
		Name: "orders", Framework: "FastAPI", FrameworkVersion: "0.120",
		Starter: conformance.Command("uvicorn", "orders:app", "--port", "8080", "--no-proxy-headers"),
		Has:     []conformance.Capability{conformance.Process, conformance.Exclusion},
		KnownFailures: map[string]string{
			"span/query": "redacted in the collector",
		},
	}
	report, err := conformance.Run(context.Background(), subject,
		conformance.WithAddress("127.0.0.1:8080"),
		conformance.WithChecks("parent/*", "exclude/*", "span/query"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range report.Results {
		if result.Outcome == conformance.Fail {
			fmt.Println(result.Text(subject.Name))
		}
	}
}
