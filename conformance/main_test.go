package conformance_test

import (
	"flag"
	"os"
	"testing"
)

// The parallel tests mostly wait for telemetry that never arrives, so all of them run at
// the same time.
func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		if err := parallel.Value.Set("8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
