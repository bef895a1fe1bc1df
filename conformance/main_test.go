package conformance_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain runs up to 8 parallel tests at the same time, unless the flag -parallel is set.
// The parallel tests mostly wait for telemetry that never arrives.
func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		if err := parallel.Value.Set("8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
