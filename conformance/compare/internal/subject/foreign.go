package subject

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/subjects"
)

// Program is a service in another language.
type Program interface {
	// Command returns the command that starts the service, after installing the service.
	Command(ctx context.Context) (name string, args []string, err error)
}

// otherLanguageSubjects are services in other languages, with OpenTelemetry's packages
// for these languages.
var otherLanguageSubjects = []Subject{
	{
		Name: "express", Framework: "Express", Process: "/process/:item_id", Upstream: true, Official: true,
		Version:                "v" + subjects.Express.Version("express"),
		InstrumentationVersion: "v" + subjects.Express.Version("@opentelemetry/instrumentation-http"),
		Program:                subjects.Express,
		programCapabilities: []conformance.Capability{
			// OpenTelemetry's NodeSDK has a lifecycle.
			conformance.Lifecycle,
			conformance.Exclusion, conformance.Disconnect, conformance.HandlerErrors, conformance.Twice, conformance.Bare,
			conformance.CapturedHeaders, conformance.Hooks, conformance.Sampler, conformance.QueryKeys,
			conformance.Slug, conformance.TwoServers, conformance.HTTPProtobuf,
			conformance.Metrics,
		},
	},
}

// runProgram serves a subject in another language.
func (s Subject) runProgram(ctx context.Context, addr string, ready func()) error {
	name, args, err := s.Program.Command(ctx)
	if err != nil {
		return err
	}
	program := exec.CommandContext(ctx, name, args...)
	program.Env = append(os.Environ(), "SAMESPAN_ADDR="+addr)
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	program.Cancel = func() error { return program.Process.Signal(syscall.SIGTERM) }
	go signalReady(ctx, addr, ready)
	if err := program.Run(); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}
