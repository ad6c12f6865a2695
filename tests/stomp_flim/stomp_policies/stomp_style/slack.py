"""Slack and criticality as a file for STOMP's versions that count critical tasks."""

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """Ranks by priority over slack; of tasks without slack the critical ones go first."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers."""
        self.servers = servers
        self.drop = stomp_params["simulation"]["drop"]

    def assign_task_to_server(
        self, sim_time, tasks, dags_dropped, drop_hint_list, num_critical_tasks
    ):
        """Start the first task by rank that fits on its fastest free server."""
        critical = 0
        for task in tasks:
            critical += task.priority > 1
            slack = task.deadline - (sim_time - task.arrival_time) - task.max_time
            task.rank_type = 2 if slack >= 0 else (task.priority > 1) * 3
            task.rank = task.priority / (1 + slack) if slack >= 0 else task.priority
            if self.drop and slack < 0:
                drop_hint_list.append(task.dag_id)
        assert critical == num_critical_tasks
        tasks.sort(key=lambda task: (task.rank_type, task.rank), reverse=True)
        for task in tasks:
            for server_type, _time in task.mean_service_time_list:
                for server in self.servers:
                    if server.type == server_type and not server.busy:
                        tasks.remove(task)
                        task.ptoks_used = task.power_dict[server_type]
                        server.assign_task(sim_time, task)
                        return server
        return None

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
