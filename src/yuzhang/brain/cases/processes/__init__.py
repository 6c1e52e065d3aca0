"""How cases run: BPMN 2.0 and DMN, read and checked, run step by step by SpiffWorkflow, with what packs say of their matters."""
