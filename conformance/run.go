package conformance

import (
	"context"
	"fmt"
	"time"

	"github.com/samespan/samespan/conformance/internal/probe"
	"github.com/samespan/samespan/conformance/internal/runner"
)

// Run runs the checks on the subject, one after the other. It returns an error if subject or
// options are invalid, or if ctx ends. If a check fails or cannot be decided, the error is
// in the check's result.
func Run(ctx context.Context, subject Subject, options ...Option) (*Report, error) {
	c, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	checks := allChecks()
	if err := subject.validate(checks); err != nil {
		return nil, fmt.Errorf("conformance: %w", err)
	}
	if subject.isAlreadyRunning() && (c.subjectAddr == "" || c.receiverAddr == "") {
		return nil, fmt.Errorf("conformance: %s: a service that is already running needs WithAddress and WithReceiver, got %q and %q", subject.Name, c.subjectAddr, c.receiverAddr)
	}
	checks, err = selectChecks(checks, c)
	if err != nil {
		return nil, err
	}
	declared := subject.declaration()
	declared.PeerHost = c.peerHost
	r := runner.New(declared, subject.start, c.subjectAddr, c.receiverAddr)
	defer r.Close()
	report := &Report{
		Subject: SubjectInfo{
			Name:      subject.Name,
			Framework: subject.Framework, FrameworkVersion: subject.FrameworkVersion,
			Instrumentation: subject.Instrumentation, InstrumentationVersion: subject.InstrumentationVersion,
		},
		Started: time.Now(),
	}
	for i := range checks {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("conformance: %w", err)
		}
		began := time.Now()
		found := probe.Found{NotApplicable: reasonFor(checks[i].ID, subject.Skip)}
		if found.NotApplicable != "" {
			found.NotApplicable = "skipped: " + found.NotApplicable
		} else {
			found = r.Run(ctx, &checks[i])
		}
		r.Retire(checks[i+1:])
		result := newResult(newCheck(&checks[i]), &found, reasonFor(checks[i].ID, subject.KnownFailures))
		result.Duration = Duration(time.Since(began))
		report.Results = append(report.Results, result)
		if c.onResult != nil {
			c.onResult(result)
		}
	}
	report.Duration = Duration(time.Since(report.Started))
	return report, nil
}
