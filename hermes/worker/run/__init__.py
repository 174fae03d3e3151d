"""One command: workspace, agent, check, commit, push, build, publish, report."""
