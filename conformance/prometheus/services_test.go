package prometheus

import "testing"

// TestDashboardsAndRulesWorkOnRealServices checks the queries of dashboards and rules on
// metrics of real services. The services export classic and native histograms. One of the
// databases converts the classic histograms.
func TestDashboardsAndRulesWorkOnRealServices(t *testing.T) {
	w := runTestServices(t)
	for name, d := range map[string]*database{"as sent": w.plainDatabase, "classic converted": w.convertedDatabase} {
		t.Run("dashboards/"+name, func(t *testing.T) { checkDashboards(t, w, d) })
		t.Run("rules/"+name, func(t *testing.T) { checkRules(t, w, d) })
	}
	if *updatePictures {
		drawPictures(t, w, w.plainDatabase)
	}
}
