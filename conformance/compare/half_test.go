package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/matrix"
	"github.com/samespan/samespan/conformance/compare/subjects"
)

// TestMissingRoutesMakeChecksNotApplicable runs the suite on a service in Express that has
// half of the contract's routes. No check may fail because of the missing half: if a route
// is missing, the checks that need it are not applicable. If a route has a wrong response,
// the outcome is an error whose message names the contract. The service may fail only the
// checks that the complete service in Express fails, too.
func TestMissingRoutesMakeChecksNotApplicable(t *testing.T) {
	t.Parallel()
	node, args, err := subjects.Express.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(filepath.Dir(args[0]), "node_modules")
	half, err := filepath.Abs("testdata/half/server.js")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := matrix.Expect(bytes.NewReader(goldenMatrix))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, have string }{
		{"what it shows", "ask"},
		{"more than it has", "disconnect,background,twice,bare,hooks,sampler,slug,outside,rewrite,recovery,sub-requests,two servers,http/protobuf,metrics,active requests,body sizes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, began := t.TempDir(), time.Now()
			_, stderr, _ := runSamespan(t, dir, "matrix", "--exec", "NODE_PATH='"+modules+"' '"+node+"' '"+half+"'",
				"--routes", "/process/:item_id", "--wildcards", "/files/*path", "--have", test.have, "-o", "half.json")
			written, err := os.ReadFile(filepath.Join(dir, "half.json"))
			if err != nil {
				t.Fatalf("%v\n%s", err, stderr)
			}
			var reports []conformance.Report
			if err := json.Unmarshal(written, &reports); err != nil {
				t.Fatal(err)
			}
			counts := make(map[conformance.Outcome]int)
			for i := range reports[0].Results {
				result := &reports[0].Results[i]
				counts[result.Outcome]++
				switch id := result.Check.ID; {
				case result.Outcome == conformance.Fail && golden.Outcome("express", id) != conformance.Fail:
					t.Errorf("the instrumentation is blamed for what the service lacks:\n%s", result.Text("half"))
				case result.Outcome == conformance.Pass && golden.Outcome("express", id) == conformance.Fail:
					t.Errorf("it passes without being asked:\n%s", result.Text("half"))
				}
			}
			t.Logf("%v in %v", counts, time.Since(began))
			if counts[conformance.Pass] < 10 || counts[conformance.Error] == 0 || counts[conformance.NotApplicable] < 10 {
				t.Errorf("got %v, want the first page judged, and the rest not applicable or errors", counts)
			}
		})
	}
}
