package prometheus

import "testing"

// TestServices checks the queries of dashboards and rules on metrics of real services:
// with classic histograms, with native ones, and with classic ones that Prometheus has
// converted.
func TestServices(t *testing.T) {
	w := newTestServices(t)
	for name, d := range map[string]*database{"as sent": w.plain, "classic converted": w.converted} {
		t.Run("dashboards/"+name, func(t *testing.T) { checkDashboards(t, w, d) })
		t.Run("rules/"+name, func(t *testing.T) { checkRules(t, w, d) })
	}
	if *updatePictures {
		drawPictures(t, w, w.plain)
	}
}
