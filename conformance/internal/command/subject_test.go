package command

import (
	"flag"
	"io"
	"slices"
	"testing"

	"github.com/samespan/samespan/conformance"
)

// TestProgramHasDeclaredCapabilities checks that a program has exactly the declared
// capabilities. It also has the capability "process" if the suite starts the program.
func TestProgramHasDeclaredCapabilities(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []conformance.Capability
	}{
		{[]string{"--exec", "./shop"}, []conformance.Capability{conformance.Process}},
		{[]string{"--exec", "./shop", "--have", ""}, []conformance.Capability{conformance.Process}},
		{[]string{"--exec", "./shop", "--have", "exclusion,lifecycle"}, []conformance.Capability{conformance.Process, conformance.Exclusion, conformance.Lifecycle}},
		{[]string{"--url", "http://127.0.0.1:8080"}, nil},
		{[]string{"--url", "http://127.0.0.1:8080", "--have", "http2"}, []conformance.Capability{conformance.HTTP2}},
	} {
		var p Program
		flags := flag.NewFlagSet("test", flag.ContinueOnError)
		p.Flags(flags)
		if err := flags.Parse(test.args); err != nil {
			t.Fatal(err)
		}
		if err := p.Validate(); err != nil {
			t.Fatalf("%q: %v", test.args, err)
		}
		subject, err := p.Subject(t.Context(), io.Discard)
		if err != nil || !slices.Equal(subject.Has, test.want) {
			t.Errorf("%q: got %q and %v, want %q", test.args, subject.Has, err, test.want)
		}
	}
}
