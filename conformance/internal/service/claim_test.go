package service

import (
	"context"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/poll"
)

// TestReceiverAddressIsClaimedWhileServiceRuns proves that no other receiver gets the
// address of a receiver that a check has closed, as long as the service may export to it.
func TestReceiverAddressIsClaimedWhileServiceRuns(t *testing.T) {
	t.Cleanup(func() { releaseDelay = StartTime + 10*time.Second })
	releaseDelay = 0
	i := startIdleService(t)
	address := i.Collector.Addr()
	if err := i.Collector.Close(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		<-time.After(time.Millisecond) // enough time to release the claim, if nothing held it
		if c, err := claimAddress(address); err == nil {
			t.Errorf("%s can be claimed while the service is running", address)
			c.releaseLater()
			break
		}
	}
	i.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if !poll.Until(ctx, func() bool {
		c, err := claimAddress(address)
		if err == nil {
			c.releaseLater()
		}
		return err == nil
	}) {
		t.Errorf("%s is still claimed although the service has ended", address)
	}
}
